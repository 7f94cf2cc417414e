#include <bennu/transport/internal/websocket_handshake.hpp>

#include <bennu/transport/internal/handshake.hpp>
#include <bennu/transport/internal/permessage_deflate.hpp>
#include <bennu/transport/internal/subprotocol.hpp>
#include <bennu/transport/internal/websocket_session.hpp>
#include <bennu/transport/query.hpp>

namespace bennu {

namespace http = boost::beast::http;

namespace {

std::optional<std::string> upgrade_problem(const http_request& request) {
  if (request.message.version() < 11) return "a WebSocket needs HTTP/1.1";  // RFC 6455, section 4.1
  return upgrade_error({request.headers("connection"), request.headers("upgrade"), request.headers("sec-websocket-key"),
                        request.headers("sec-websocket-version")});
}

std::optional<std::string> deflate_for(const http_request& request, const socket_route& route) {
  if (!route.options().compress) return std::nullopt;
  return accept_permessage_deflate(request.headers("sec-websocket-extensions"));
}

std::string switching_protocols(const http_request& request, const std::optional<std::string>& protocol,
                                const std::optional<std::string>& deflate) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n";
  out += "sec-websocket-accept: " + websocket_accept(*request.header("sec-websocket-key")) + "\r\n";
  if (protocol) out += "sec-websocket-protocol: " + *protocol + "\r\n";
  if (deflate) out += "sec-websocket-extensions: " + *deflate + "\r\n";
  return out + "\r\n";
}

void upgrade(const http_request& request, const ref<http_session>& from, socket_route& route, accepted_socket& accepted,
             const std::optional<std::string>& protocol) {
  const auto deflate = deflate_for(request, route);
  auto& shard = from->shard();
  auto remains = from->take_over();
  const auto session =
      websocket_session::start(shard, std::move(remains.stream), std::move(remains.permit), route.limits(),
                               deflate.has_value(), switching_protocols(request, protocol, deflate));
  session->set_handler(accepted.open(session));
  if (!remains.input.empty()) session->feed(remains.input);
}

}  // namespace

bool origin_allowed(const http_request& request, const socket_route& route) {
  const auto info = request.info();
  return route.options().check_origin.allows(request.header("origin"),
                                             {info.uri.scheme, info.uri.host, info.uri.effective_port().value_or(0)});
}

std::optional<json> query_of(const http_request& request, const bennu::limits& limits) {
  auto params = parse_query(request.query(), {limits.max_query_parameters, limits.max_query_depth});
  if (params) {
    for (const auto& [name, value] : request.path_variables) params->set(name, value);
  }
  return params;
}

void refuse_request(const ref<http_session>& from, http_response answer) {
  from->shard().counts.add(metric::requests_refused);
  from->respond(std::move(answer));
}

void open_websocket(const http_request& request, const ref<http_session>& from, socket_route& route) {
  if (request.message.method() != http::verb::get) return from->respond(plain_response(400));
  if (!origin_allowed(request, route)) return from->respond(plain_response(403));

  auto chosen = choose_subprotocol(request.headers("sec-websocket-protocol"), route.options().subprotocols,
                                   route.options().auth_token);
  if (std::holds_alternative<subprotocol_refused>(chosen)) return from->respond(plain_response(403));
  if (std::holds_alternative<malformed_auth_token>(chosen)) {
    return refuse_request(from, plain_response(400, "the auth token in Sec-WebSocket-Protocol is not base64"));
  }
  auto& choice = std::get<subprotocol_choice>(chosen);

  const auto params = query_of(request, route.limits());
  if (!params) return refuse_request(from, plain_response(400, "malformed query string"));
  auto info = request.info();
  if (choice.auth_token) {
    std::erase_if(info.sec_websocket_headers, [](const auto& h) { return h.first == "sec-websocket-protocol"; });
    info.sec_websocket_headers.emplace_back("sec-websocket-protocol", choice.requested);
    info.auth_token = std::move(choice.auth_token);
  }
  auto verdict = route.connect(*params, info);
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) {
    return from->respond(plain_response(static_cast<unsigned>(refusal->status), std::move(refusal->body)));
  }
  if (auto problem = upgrade_problem(request)) {
    auto response = plain_response(400, std::move(*problem));
    response.headers.emplace_back("sec-websocket-version", "13");
    return refuse_request(from, std::move(response));
  }
  upgrade(request, from, route, *std::get<std::unique_ptr<accepted_socket>>(verdict), choice.protocol);
}

}  // namespace bennu
