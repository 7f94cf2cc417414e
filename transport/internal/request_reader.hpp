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

  /// Goes on with the request at hand.
  /// @param bytes those that have come behind the bytes that wait
  /// @param encrypted whether they came over TLS
  result read(std::string_view bytes, bool encrypted);

  /// Has bytes wait, for requests that are not read yet.
  void keep(std::string_view bytes) { waiting_.append(bytes); }
  /// How many bytes wait.
  std::size_t kept() const noexcept { return waiting_.size() - parsed_; }
  /// Takes the bytes that wait away.
  std::string release();

  /// Whether the client has begun to send the request at hand.
  bool has_begun() const noexcept { return parser_ && parser_->has_begun(); }
  /// Whether the client waits for a word before it sends the body. True once.
  bool take_expectation() { return parser_ && parser_->take_expectation(); }
  /// The status to refuse the request with.
  unsigned refusal() const noexcept { return parser_->refusal(); }
  /// Whether the connection goes on behind a complete request.
  bool keeps_alive() const { return parser_->keeps_alive(); }
  /// Takes the complete request. The next one is at hand then.
  http_request take();

private:
  void drop_parsed();

  const limits& limits_;
  std::unique_ptr<http_parser> parser_;  ///< null before the first byte of a request, and behind its last
  std::string waiting_;
  std::size_t parsed_ = 0;  ///< how many of the waiting bytes were parsed since
};

}  // namespace bennu
