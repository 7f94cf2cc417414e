#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/http_request.hpp>

#include <boost/beast/http/basic_parser.hpp>

namespace bennu {

/// Reads one HTTP/1.1 request from the bytes of a connection.
///
/// Beast's parser reads the lines. This class makes the decisions that RFC 9112 leaves to a server. Empty lines before
/// the request are skipped, absolute targets and fragments are accepted, trailers are dropped. Requests that two
/// programs could interpret differently are refused: folded lines, more than one length, codings other than "chunked".
class http_parser final : private boost::beast::http::basic_parser<true> {
public:
  /// @param encrypted true if the request comes over TLS
  http_parser(const limits& of, bool encrypted);

  /// Consumes as many of the received bytes as possible, from the first one that was not consumed yet.
  /// @returns the number of consumed bytes. Bytes after the request are left. The rest of an unfinished request must be
  /// passed again at the next call, followed by more.
  std::size_t put(std::string_view bytes);

  /// True if a byte of the request has arrived.
  bool has_begun() const noexcept { return begun_; }
  bool is_complete() const { return is_done(); }
  /// The status with which to refuse the request, or 0 if it is valid so far. After a refusal `put` must not be called.
  unsigned refusal() const noexcept { return refusal_; }

  /// True, once, if the client waits for an answer before it sends the body (RFC 9110, section 10.1.1).
  bool take_expectation();

  /// The request, once it is complete.
  http_request& request() noexcept { return request_; }
  bool keeps_alive() const { return keep_alive(); }

private:
  using error_code = boost::system::error_code;
  using text = boost::core::string_view;

  std::size_t skip_empty_lines(std::string_view bytes);
  void check_unfinished(std::size_t taken, std::size_t left);
  bool is_folded(std::string_view name) const;
  bool has_one_end() const;
  bool take_target(std::string_view target);
  bool take_authority();

  void on_request_impl(boost::beast::http::verb, text method, text target, int version, error_code& error) override;
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field, text name, text value, error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text part, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text part, error_code&) override;
  void on_finish_impl(error_code&) override {}

  const limits& limits_;
  http_request request_;
  std::string_view input_;      ///< the bytes that are parsed, during `put`
  std::size_t head_bytes_ = 0;  ///< consumed bytes of a head that is not complete
  unsigned refusal_ = 0;
  bool begun_ = false;
  bool has_expectation_ = false;
};

}  // namespace bennu
