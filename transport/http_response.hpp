#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/json.hpp>
#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/http_headers.hpp>
#include <bennu/transport/http_stream.hpp>
#include <bennu/transport/shared_bytes.hpp>

namespace bennu {

/// An answer to an HTTP request. A plain value, which can be moved but not copied: it may own a file.
///
/// The server adds `content-length` or `transfer-encoding`, `connection` and `date`, and leaves the body out if the
/// request's method is HEAD or the status allows none (204, 304).
struct http_response {
  unsigned status = 200;  ///< 200 to 599
  http_headers headers;
  std::string body;
  std::vector<shared_bytes> parts = {};  ///< sent after `body`, without copying them

  unique_fd file = {};          ///< a regular file, sent after the body from its present position; none by default
  std::uint64_t file_size = 0;  ///< the number of its bytes to send; if it has fewer, the connection is cut

  /// Writes the body in parts, as they come up. If this function is set, `body`, `parts` and `file` are ignored, and it
  /// is called once, on the thread of the client's connection, with the body to write. The function may keep the
  /// `http_stream`, and must not block. It is not called for an answer without a body.
  ///
  ///     http_response ticks;
  ///     ticks.headers.add("content-type", "text/event-stream");
  ///     ticks.stream = [](http_stream to) { to.write("data: hello\n\n"); keep(to); };
  std::function<void(http_stream)> stream = {};

  /// An answer with a text, or without a body if the text is empty.
  static http_response text(unsigned status, std::string body = {});
  static http_response json(unsigned status, const bennu::json& body);
};

/// The reason phrase of a status, such as "Not Found"; empty if it is unknown. The view is valid for ever.
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace bennu
