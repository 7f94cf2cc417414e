#pragma once

#include <string>

#include <bennu/runtime/codec.hpp>

#include "text.hpp"

namespace chat {

/// The person behind a socket, known to all its channels: the cleaned name that the client connected with. This chat
/// has no passwords.
struct visitor {
  std::string name;

  static void fields(auto& self, auto&& f) { f("name", self.name, bennu::length(1, max_name_bytes), visible()); }
};

}  // namespace chat
