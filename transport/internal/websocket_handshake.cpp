#include <bennu/transport/internal/websocket_handshake.hpp>

#include <bennu/transport/internal/handshake.hpp>
#include <bennu/transport/internal/permessage_deflate.hpp>
#include <bennu/transport/internal/socket_request.hpp>
#include <bennu/transport/internal/subprotocol.hpp>
#include <bennu/transport/internal/websocket_session.hpp>

namespace bennu {

namespace {

std::optional<std::string> upgrade_problem(const http_request& request) {
  if (request.minor_version < 1) return "a WebSocket needs HTTP/1.1";  // RFC 6455, section 4.1
  const auto& headers = request.headers;
  return upgrade_error({headers.all("connection"), headers.all("upgrade"), headers.all("sec-websocket-key"),
                        headers.all("sec-websocket-version")});
}

std::optional<std::string> deflate_for(const http_request& request, const socket_route& route) {
  if (!route.options().compress) return std::nullopt;
  return accept_permessage_deflate(request.headers.all("sec-websocket-extensions"));
}

std::string switching_protocols(const http_request& request, const std::optional<std::string>& protocol,
                                const std::optional<std::string>& deflate) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n";
  out += "sec-websocket-accept: " + websocket_accept(*request.header("sec-websocket-key")) + "\r\n";
  if (protocol) out += "sec-websocket-protocol: " + *protocol + "\r\n";
  if (deflate) out += "sec-websocket-extensions: " + *deflate + "\r\n";
  return out + "\r\n";
}

refusal_log refusals_of(const ref<http_session>& from) { return {from->shard().log, from->shard().counts}; }

/// Answers a request that is malformed or over a limit.
void refuse(const ref<http_session>& from, http_response answer, std::string_view reason) {
  refusals_of(from).refuse(answer.status, reason);
  from->respond(std::move(answer));
}

void refuse(const ref<http_session>& from, std::string_view reason) {
  refuse(from, http_response::text(400, std::string{reason}), reason);
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

void open_websocket(const http_request& request, const ref<http_session>& from, socket_route& route) {
  if (request.method != "GET") return refuse(from, http_response::text(400), "a WebSocket is opened with GET");
  if (!origin_allowed(request, route, refusals_of(from))) return from->respond(http_response::text(403));

  auto chosen = choose_subprotocol(request.headers.all("sec-websocket-protocol"), route.options().subprotocols,
                                   route.options().auth_token);
  if (std::holds_alternative<subprotocol_refused>(chosen)) {
    return refuse(from, http_response::text(403), "none of its subprotocols is one of the socket's");
  }
  if (std::holds_alternative<malformed_auth_token>(chosen)) {
    return refuse(from, "the auth token in Sec-WebSocket-Protocol is not base64");
  }
  auto& choice = std::get<subprotocol_choice>(chosen);

  const auto params = connect_params(request, route.limits());
  if (!params) return refuse(from, "malformed query string");
  auto info = connect_info_of(request);
  if (choice.auth_token) {
    std::erase_if(info.sec_websocket_headers, [](const auto& h) { return h.first == "sec-websocket-protocol"; });
    info.sec_websocket_headers.emplace_back("sec-websocket-protocol", choice.requested);
    info.auth_token = std::move(choice.auth_token);
  }
  auto verdict = ask_connect(route, *params, info, refusals_of(from));
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) {
    return from->respond(http_response::text(static_cast<unsigned>(refusal->status), std::move(refusal->body)));
  }
  if (const auto problem = upgrade_problem(request)) {
    auto response = http_response::text(400, *problem);
    response.headers.add("sec-websocket-version", "13");
    return refuse(from, std::move(response), *problem);
  }
  upgrade(request, from, route, *std::get<std::unique_ptr<accepted_socket>>(verdict), choice.protocol);
}

}  // namespace bennu
