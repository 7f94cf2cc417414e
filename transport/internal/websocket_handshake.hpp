#pragma once

#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

/// Turns a request for `<path>/websocket` into a WebSocket, or answers why not. The order of the checks is Phoenix's:
/// method, origin, auth token and subprotocols, the user's `connect`, the upgrade's own headers
/// (lib/phoenix/transports/websocket.ex). Throws what the user's functions throw.
void open_websocket(const http_request& request, const ref<http_session>& from, socket_route& route);

/// What both transports check before the user's `connect`: whether the request's Origin may use the route.
bool origin_allowed(const http_request& request, const socket_route& route);

/// The parameters of the query and of the path, which count first; nothing where the query is malformed or over its
/// limits.
std::optional<json> query_of(const http_request& request, const bennu::limits& limits);

/// Answers a request that is malformed or over a limit, and counts it.
void refuse_request(const ref<http_session>& from, http_response answer);

}  // namespace bennu
