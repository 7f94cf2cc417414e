#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bennu {

/// The connection is accepted.
struct subprotocol_choice {
  std::optional<std::string> protocol;  ///< for the answer's Sec-WebSocket-Protocol; without it there is no such header
  std::optional<std::string> auth_token;  ///< decoded; any bytes that the client chose, not necessarily UTF-8
  std::string requested;                  ///< the client's offer without the token, for logs and for connect_info
};

/// The client offers protocols, and the server supports none of them: 403.
struct subprotocol_refused {};

/// The client's auth token is not base64: 400 (Phoenix: 500).
struct malformed_auth_token {};

using subprotocol_result = std::variant<subprotocol_choice, subprotocol_refused, malformed_auth_token>;

/// Chooses the subprotocol of a WebSocket, and removes the auth token from the list to which the Phoenix JavaScript
/// client adds it: `Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.<base64 of the token>`.
///
/// The first of `configured` that the client offers is chosen. With `auth_token`, "phoenix" is configured as well,
/// before all others, because browsers close the connection if they offered protocols and none is chosen. A token is
/// used if there is exactly one; several are protocols like any other. Without `auth_token` the list is not searched
/// for a token. If nothing is configured either, the client's offer is ignored. (lib/phoenix/transports/websocket.ex,
/// call and maybe_auth_token_from_header; lib/phoenix/socket/transport.ex, check_subprotocols.)
/// @param offered the values of the request's Sec-WebSocket-Protocol headers; empty if it has none
subprotocol_result choose_subprotocol(std::span<const std::string_view> offered,
                                      std::span<const std::string> configured, bool auth_token);

}  // namespace bennu
