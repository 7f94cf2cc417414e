#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include <bennu/runtime/json.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/http_request.hpp>
#include <bennu/transport/socket_route.hpp>

/// The checks of a request that wants to open a socket, which all transports share. Refusals are counted and logged
/// here; each transport answers them in its own way.
namespace bennu {

/// Logs and counts the requests for sockets that are refused.
struct refusal_log {
  const logger& log;
  metrics& counts;

  /// A request that is malformed or over a limit. @param reason without text of the client
  void refuse(unsigned status, std::string_view reason) const;
};

/// The `connect_info` of a request, without the auth token.
connect_info connect_info_of(const http_request& request);

/// True if the page that makes the request may use the route (`socket_options::check_origin`).
bool origin_allowed(const http_request& request, const socket_route& route, refusal_log to);

/// The parameters of the query and of the path, which take precedence; nothing if the query is malformed or over its
/// limits.
std::optional<json> connect_params(const http_request& request, const bennu::limits& limits);

/// Calls the route's `connect`. Throws its exceptions.
std::variant<std::unique_ptr<accepted_socket>, http_refusal> ask_connect(socket_route& route, const json& params,
                                                                         const connect_info& info, refusal_log to);
/// The same for server-sent events.
std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> ask_connect_event_stream(socket_route& route,
                                                                                            const json& params,
                                                                                            const connect_info& info,
                                                                                            refusal_log to);

}  // namespace bennu
