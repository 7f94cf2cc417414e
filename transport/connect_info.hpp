#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/peer_certificate.hpp>
#include <bennu/transport/uri.hpp>

namespace bennu {

/// The data of the request that opens a connection, by WebSocket, long poll or server-sent events, for a socket's
/// `connect` (Phoenix: the
/// `:connect_info` of lib/phoenix/socket/transport.ex). A plain value.
///
/// Only the peer's address and certificate are verified. The client chooses all other values: a client other than a
/// browser can send anything here.
struct connect_info {
  /// A header's name in lower case, and its value. A header that was sent twice is here twice, in the order of the
  /// request.
  using header = std::pair<std::string, std::string>;

  std::string peer_address;     ///< numeric, IPv4 or IPv6; the other end of the TCP connection, which may be a proxy
  std::uint16_t peer_port = 0;  ///< port of the peer
  std::optional<bennu::peer_certificate> peer_certificate;  ///< if TLS asks for one and the client has sent it
  bennu::uri uri;  ///< the requested URI: https with TLS and else http, host and port from the Host header, path, query
  std::optional<std::string> user_agent;
  std::vector<header> x_headers;              ///< names that begin with "x-", such as x-forwarded-for and x-real-ip
  std::vector<header> trace_context_headers;  ///< traceparent and tracestate (W3C Trace Context)
  std::vector<header> sec_websocket_headers;  ///< names that begin with "sec-websocket-", without the auth token
  std::string cookie_header;                  ///< the value of the Cookie header, empty if there is none

  /// The token that `new Socket(url, {authToken: ...})` sends, decoded. Any bytes, because the client chooses them.
  std::optional<std::string> auth_token;

  /// The position after which a client of server-sent events wants to continue: the header Last-Event-ID, unless it is
  /// empty.
  std::optional<std::string> last_event_id;

  /// The value of a cookie, as it was sent: neither decoded nor stripped of quotes. If the name occurs twice, the
  /// first, which is the one with the most specific path (RFC 6265, section 5.4). Valid as long as `cookie_header` is
  /// unchanged.
  ///
  /// Browsers also send cookies with connections that pages of other sites open. Trust cookies only if the origin is
  /// checked.
  std::optional<std::string_view> cookie(std::string_view name) const;

  /// The value of one of `x_headers`, the first if there are several. The name's case does not matter.
  /// Valid as long as `x_headers` is unchanged.
  std::optional<std::string_view> x_header(std::string_view name) const;

  /// Stores a header of the request in its member above, or drops it if there is none. The name's case does not matter.
  /// For transports, and for tests that construct a request.
  void add_header(std::string_view name, std::string_view value);
};

}  // namespace bennu
