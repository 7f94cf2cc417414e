#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bennu {

/// The connection may go on.
struct subprotocol_choice {
  std::optional<std::string> protocol;    ///< for the answer's Sec-WebSocket-Protocol; nothing: no such header
  std::optional<std::string> auth_token;  ///< decoded; the bytes are the client's and need not be UTF-8
  std::string requested;                  ///< what the client offered but for the token, for logs and for connect_info
};

/// The client offers protocols, and none of them is one of ours: 403.
struct subprotocol_refused {};

/// The client's auth token is not base64: 400 (Phoenix: 500).
struct malformed_auth_token {};

using subprotocol_result = std::variant<subprotocol_choice, subprotocol_refused, malformed_auth_token>;

/// Chooses the subprotocol of a WebSocket, and takes the auth token out of the list where the Phoenix JavaScript client
/// puts it: `Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.<base64 of the token>`.
///
/// The first of `configured` that the client offers is chosen. With `auth_token` "phoenix" is configured as well,
/// before all others: browsers hang up where they offered protocols and none is chosen. A token counts where there is
/// exactly one; several are protocols like any other. Without `auth_token` no token is looked for, and where nothing is
/// configured either whatever the client offers is ignored. (lib/phoenix/transports/websocket.ex, call and
/// maybe_auth_token_from_header; lib/phoenix/socket/transport.ex, check_subprotocols.)
/// @param offered the values of the request's Sec-WebSocket-Protocol headers, none where it has none
subprotocol_result choose_subprotocol(std::span<const std::string_view> offered,
                                      std::span<const std::string> configured, bool auth_token);

}  // namespace bennu
