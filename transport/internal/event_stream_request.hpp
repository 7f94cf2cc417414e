#pragma once

#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

/// Answers a request for `<path>/sse` with a stream of server-sent events, or with the reason why not. The order of the
/// checks is that of the other transports: method, origin, query, the user's `connect`. Throws the exceptions of the
/// user's functions.
void open_event_stream(const http_request& request, const ref<http_session>& from, socket_route& route);

}  // namespace bennu
