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
/// Beast's parser reads the lines; this class decides on what RFC 9112 leaves to a server. Empty lines before the
/// request are skipped, absolute targets and fragments are understood, trailers are dropped. Whatever two programs
/// could read in two ways is refused: folded lines, more than one length, codings other than "chunked".
class http_parser final : private boost::beast::http::basic_parser<true> {
public:
  /// @param encrypted whether the request comes over TLS
  http_parser(const limits& of, bool encrypted);

  /// Takes what it can of the bytes that came, from the first one that it has not taken yet.
  /// @returns how many it took; those behind the request are left. What is left of an unfinished request must be there
  /// again at the next call, with more behind it.
  std::size_t put(std::string_view bytes);

  /// Whether a byte of the request was seen.
  bool has_begun() const noexcept { return begun_; }
  bool is_complete() const { return is_done(); }
  /// The status to refuse the request with, after which nothing is put any more; 0 if nothing is wrong with it so far.
  unsigned refusal() const noexcept { return refusal_; }

  /// Whether the client waits for a word before it sends the body (RFC 9110, section 10.1.1). True once.
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
  std::string_view input_;      ///< what is being parsed, during `put`
  std::size_t head_bytes_ = 0;  ///< taken so far of a head that is not complete
  unsigned refusal_ = 0;
  bool begun_ = false;
  bool has_expectation_ = false;
};

}  // namespace bennu
