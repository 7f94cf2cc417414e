#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <bennu/runtime/log.hpp>
#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/websocket_handshake.hpp>

#include <sys/socket.h>
#include <unistd.h>
#include "../../plain_echo_route.hpp"
#include "../fuzz.hpp"

// A whole connection: the input goes through the HTTP session and, if it opens a WebSocket, through the WebSocket's
// session. The output has to be HTTP, and then frames.
namespace {

/// An echo that checks all values that a client can choose.
class checking_route final : public bennu::testing::plain_echo_route {
public:
  checking_route()
      : plain_echo_route("/socket", {.check_origin = bennu::origin_check::list({"//a.test"}),
                                     .subprotocols = {"chat"},
                                     .auth_token = true,
                                     .compress = true}) {}

  std::variant<std::unique_ptr<bennu::accepted_socket>, bennu::http_refusal> connect(
      const bennu::json& params, const bennu::connect_info& info) override {
    require(bennu::is_valid_utf8(params.dump()), "parameters are UTF-8");
    info.cookie("name");
    info.x_header("x-name");
    return plain_echo_route::connect(params, info);
  }
};

/// Opens a WebSocket if the path ends with /websocket, and answers all other requests with "Not Found".
class handler final : public bennu::request_handler {
public:
  void handle(bennu::http_request request, const bennu::ref<bennu::http_session>& from) override {
    require(request.uri.path == "*" || request.uri.path.starts_with('/'), "paths begin with a slash");
    require(request.uri.path.find("//") == std::string::npos, "paths have no empty segments");
    if (request.uri.path.ends_with("/websocket")) return bennu::open_websocket(request, from, route_);
    from->respond(bennu::http_response::text(404, "Not Found"));
  }
  const bennu::http_headers& default_headers() const noexcept override { return none_; }

private:
  checking_route route_;
  bennu::http_headers none_;
};

/// Runs one turn of the loop.
void run_once(bennu::event_loop& loop) {
  // `stop` ends `run` after this turn.
  loop.post([&] { loop.stop(); });
  loop.run(nullptr);
}

}  // namespace

void try_input(std::string_view input) {
  static const bennu::logger log{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};
  static handler requests;
  bennu::limits limits;
  limits.max_request_header_bytes = 4096;
  limits.max_request_body_bytes = 8192;
  bennu::connection_count count{10, 10};
  bennu::event_loop loop{0};
  bennu::metrics counts{{&loop}};
  const auto shard = std::make_unique<bennu::io_shard>(loop, log, counts);

  int fds[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0, "there are descriptors");
  const bennu::unique_fd client{fds[1]};
  {
    const bennu::event_loop::scope on_loop{loop};
    const std::size_t wanted = take_byte(input) * 4U;
    const auto first = std::min(wanted, input.size());
    bennu::accepted_peer peer{bennu::stream{bennu::unique_fd{fds[0]}}, std::move(*count.add("fuzz")), "192.0.2.1", 1};
    bennu::http_session::start(*shard, std::move(peer), limits, requests, input.substr(0, first));
    input.remove_prefix(first);
  }
  // Bytes that do not fit into the socket's buffer are left out.
  [[maybe_unused]] const auto sent = ::send(client.get(), input.data(), input.size(), MSG_NOSIGNAL);
  run_once(loop);
  std::array<char, 4096> answer;
  const auto n = ::recv(client.get(), answer.data(), answer.size(), 0);
  if (n > 0) {
    require(std::string_view{answer.data(), static_cast<std::size_t>(n)}.starts_with("HTTP/1.1 "), "answers are HTTP");
  }
  const bennu::event_loop::scope on_loop{loop};
  while (!shard->sessions.empty()) shard->sessions.front().cut();
}
