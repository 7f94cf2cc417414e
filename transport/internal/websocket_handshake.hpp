#pragma once

#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

/// Turns a request for `<path>/websocket` into a WebSocket, or answers it with the reason. The order of the checks is
/// Phoenix's: method, origin, auth token and subprotocols, the user's `connect`, the upgrade's own headers
/// (lib/phoenix/transports/websocket.ex). Throws the exceptions of the user's functions.
void open_websocket(const http_request& request, const ref<http_session>& from, socket_route& route);

}  // namespace bennu
