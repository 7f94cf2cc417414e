#pragma once

#include <string>

namespace bennu {

/// An answer to a client that may not connect. The JavaScript client does not read it; other clients may.
struct http_refusal {
  int status = 403;
  std::string body;
};

}  // namespace bennu
