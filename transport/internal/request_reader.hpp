#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/internal/http_parser.hpp>

namespace bennu {

/// Reads the requests of a connection, one at a time. Bytes are copied only if they have to wait.
class request_reader {
public:
  /// @param of must outlive the reader
  explicit request_reader(const limits& of) noexcept : limits_(of) {}

  enum class result : std::uint8_t { incomplete, complete, refused };

  /// Continues with the present request.
  /// @param bytes the bytes that arrived after the waiting ones
  /// @param encrypted true if they arrived over TLS
  result read(std::string_view bytes, bool encrypted);

  /// Stores bytes for requests that are not read yet.
  void keep(std::string_view bytes) { waiting_.append(bytes); }
  /// The number of waiting bytes.
  std::size_t kept() const noexcept { return waiting_.size() - parsed_; }
  /// Removes and returns the waiting bytes.
  std::string release();

  /// True if the client has begun to send the present request.
  bool has_begun() const noexcept { return parser_ && parser_->has_begun(); }
  /// True, once, if the client waits for an answer before it sends the body.
  bool take_expectation() { return parser_ && parser_->take_expectation(); }
  /// The status with which to refuse the request.
  unsigned refusal() const noexcept { return parser_->refusal(); }
  /// True if the connection continues after the complete request.
  bool keeps_alive() const { return parser_->keeps_alive(); }
  /// Removes and returns the complete request. The next one is then the present one.
  http_request take();

private:
  void drop_parsed();

  const limits& limits_;
  std::unique_ptr<http_parser> parser_;  ///< null before the first byte of a request, and after its last
  std::string waiting_;
  std::size_t parsed_ = 0;  ///< number of waiting bytes that were parsed
};

}  // namespace bennu
