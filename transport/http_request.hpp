#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/peer_certificate.hpp>
#include <bennu/transport/http_headers.hpp>
#include <bennu/transport/uri.hpp>

namespace bennu {

/// A complete request of an HTTP client. A plain value.
///
/// Only the peer's address and certificate are verified. All other values are texts that the client chose.
struct http_request {
  std::string method;          ///< as it was sent; methods are case-sensitive (RFC 9110, section 9.1)
  unsigned minor_version = 1;  ///< of HTTP/1.0 or HTTP/1.1

  /// The requested resource (RFC 9110, section 7.1): the scheme is https on a connection with TLS and http
  /// otherwise, host and port are those of the Host header, unless the request's line names all three. The path is
  /// percent-encoded; empty segments in it were removed (`//a//b` is `/a/b`), a slash at its end was not.
  bennu::uri uri;

  /// The header fields, without the trailers of a body in chunks.
  http_headers headers;
  std::string body;

  std::string peer_address;     ///< numeric, IPv4 or IPv6: the other end of the TCP connection, which may be a proxy
  std::uint16_t peer_port = 0;  ///< port of the peer
  std::shared_ptr<const bennu::peer_certificate> peer_certificate;  ///< null if the client has sent none

  /// The names in a route's path, each with its text in this request: decoded, and UTF-8.
  std::vector<std::pair<std::string, std::string>> path_variables = {};

  /// The first value of a header field; nothing if there is none. The name's case does not matter.
  std::optional<std::string_view> header(std::string_view name) const noexcept { return headers.find(name); }
  /// The text for a name in the route's path; empty if the path has no such name.
  std::string_view variable(std::string_view name) const noexcept;
};

}  // namespace bennu
