#include <bennu/transport/internal/socket_request.hpp>

#include <string>
#include <utility>

#include <bennu/transport/query.hpp>

namespace bennu {

namespace {

/// The part of an Origin header that helps to understand a refusal.
constexpr std::size_t max_logged_origin_bytes = 256;

std::string origin_of(const uri& target) {
  const bool is_ipv6 = target.host.find(':') != std::string::npos;
  auto text = target.scheme + "://" + (is_ipv6 ? '[' + target.host + ']' : target.host);
  if (target.port) text += ':' + std::to_string(*target.port);
  return text;
}

/// Counts and logs the verdict of a route's `connect` if it is a refusal.
template <class Verdict>
void note_refusal(const Verdict& verdict, const socket_route& route, const connect_info& info, refusal_log to) {
  const auto* refusal = std::get_if<http_refusal>(&verdict);
  if (refusal == nullptr) return;
  to.counts.add(metric::connects_refused);
  if (!to.log.enabled(log_level::debug)) return;
  to.log.debug("connect on " + route.path() + " refused a client at " + info.peer_address + " with " +
               std::to_string(refusal->status));
}

}  // namespace

connect_info connect_info_of(const http_request& request) {
  connect_info result;
  result.peer_address = request.peer_address;
  result.peer_port = request.peer_port;
  if (request.peer_certificate) result.peer_certificate = *request.peer_certificate;
  result.uri = request.uri;
  for (const auto& [name, value] : request.headers) result.add_header(name, value);
  return result;
}

bool origin_allowed(const http_request& request, const socket_route& route, refusal_log to) {
  const auto& target = request.uri;
  const auto origin = request.header("origin");
  if (route.allowed_origins().allows(origin, {target.scheme, target.host, target.effective_port().value_or(0)}))
    return true;
  to.counts.add(metric::origins_refused);
  to.log.warning("refused a connection to " + route.path() + " by a page of the origin \"" +
                     std::string{origin.value_or("").substr(0, max_logged_origin_bytes)} + "\", sent to " +
                     origin_of(target) + ": to allow it, name it with --origin or in socket_options::check_origin",
                 "origin refused: " + route.path());
  return false;
}

std::optional<json> connect_params(const http_request& request, const bennu::limits& limits) {
  auto params = parse_query(request.uri.query, {limits.max_query_parameters, limits.max_query_depth});
  if (params) {
    for (const auto& [name, value] : request.path_variables) params->set(name, value);
  }
  return params;
}

std::variant<std::unique_ptr<accepted_socket>, http_refusal> ask_connect(socket_route& route, const json& params,
                                                                         const connect_info& info, refusal_log to) {
  auto verdict = route.connect(params, info);
  note_refusal(verdict, route, info, to);
  return verdict;
}

std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> ask_connect_event_stream(socket_route& route,
                                                                                            const json& params,
                                                                                            const connect_info& info,
                                                                                            refusal_log to) {
  auto verdict = route.connect_event_stream(params, info);
  note_refusal(verdict, route, info, to);
  return verdict;
}

void refusal_log::refuse(unsigned status, std::string_view reason) const {
  counts.add(metric::requests_refused);
  log.warning("refused a request for a socket with " + std::to_string(status) + ": " + std::string{reason},
              "refused a request for a socket");
}

}  // namespace bennu
