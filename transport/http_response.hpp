#pragma once

#include <cstdint>
#include <string>

#include <bennu/runtime/json.hpp>
#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/http_headers.hpp>

namespace bennu {

/// An answer to an HTTP request. A plain value, which can be moved but not copied: it may own a file.
///
/// The server adds `content-length`, `connection` and `date`, and leaves the body out if the request's method is HEAD
/// or the status allows none (204, 304).
struct http_response {
  unsigned status = 200;  ///< 200 to 599
  http_headers headers;
  std::string body;

  unique_fd file = {};          ///< a regular file, sent after the body from its present position; none by default
  std::uint64_t file_size = 0;  ///< the number of its bytes to send; if it has fewer, the connection is cut

  /// An answer with a text, or without a body if the text is empty.
  static http_response text(unsigned status, std::string body = {});
  static http_response json(unsigned status, const bennu::json& body);
};

/// The reason phrase of a status, such as "Not Found"; empty if it is unknown. The view is valid for ever.
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace bennu
