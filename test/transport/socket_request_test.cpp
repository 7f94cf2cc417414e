#include <bennu/transport/internal/socket_request.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

#include "../plain_echo_route.hpp"
#include "http_client.hpp"

using namespace bennu;
using namespace bennu::testing;

namespace {

/// Refuses clients with the parameter `refuse`.
class choosy_route final : public plain_echo_route {
public:
  using plain_echo_route::plain_echo_route;
  std::variant<std::unique_ptr<accepted_socket>, http_refusal> connect(const json& params,
                                                                       const connect_info& info) override {
    if (params.find("refuse") != nullptr) return http_refusal{401, "no"};
    return plain_echo_route::connect(params, info);
  }
};

/// A server with one socket for both transports, and what it logs.
struct fixture {
  explicit fixture(log_level least = log_level::debug)
      : threads({.io_threads = 1, .scheduler_threads = 1, .configure = {}}, logger{least, [this](auto, auto line) {
                                                                                     const std::lock_guard lock{mutex};
                                                                                     lines.emplace_back(line);
                                                                                   }}) {
    server::options options;
    options.port = 0;
    running = std::make_unique<server>(threads, options);
    running->add(std::make_shared<choosy_route>(
        "/socket",
        socket_options{
            .long_poll = true, .check_origin = origin_check::list({"https://good.test"}), .subprotocols = {"chat"}}));
    port = running->start();
  }

  std::string ask(std::string_view target, std::string_view fields) const {
    return http_client{port}.ask("GET /socket/" + std::string{target} + " HTTP/1.1\r\nhost: here.test\r\n" +
                                 std::string{fields} + "\r\n");
  }
  std::int64_t counted(metric which) const { return threads.metrics()->value(which); }
  bool logged(std::string_view part) {
    const std::lock_guard lock{mutex};
    return std::any_of(lines.begin(), lines.end(), [&](const auto& l) { return l.find(part) != std::string::npos; });
  }

  std::mutex mutex;
  std::vector<std::string> lines;
  bennu::system threads;
  std::unique_ptr<server> running;
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("an origin that is refused is counted, and logged with the way to allow it, on each transport") {
  fixture f{log_level::warning};
  CHECK(status_of(f.ask("websocket", "origin: https://evil.test\r\n")) == "403");
  CHECK(f.counted(metric::origins_refused) == 1);
  CHECK(f.logged("refused a connection to /socket by a page of the origin \"https://evil.test\""));
  CHECK(f.logged("http://here.test"));
  CHECK(f.logged("--origin"));
  CHECK(body_of(f.ask("longpoll", "origin: https://evil.test\r\n")) == "{\"status\":403}");
  CHECK(f.counted(metric::origins_refused) == 2);
  CHECK(f.counted(metric::connects_refused) == 0);
}

TEST_CASE("a long origin is not logged in full") {
  fixture f;
  f.ask("websocket", "origin: https://" + std::string(5'000, 'x') + ".test\r\n");
  CHECK(f.logged("xxx"));
  CHECK_FALSE(f.logged(std::string(300, 'x')));
}

TEST_CASE("a connect that refuses is counted and logged, on each transport") {
  fixture f;
  CHECK(status_of(f.ask("websocket?refuse", "")) == "401");
  CHECK(f.counted(metric::connects_refused) == 1);
  CHECK(f.logged("connect on /socket refused a client at 127.0.0.1 with 401"));
  CHECK(body_of(f.ask("longpoll?refuse", "")) == "{\"status\":403}");
  CHECK(f.counted(metric::connects_refused) == 2);
}

TEST_CASE("a handshake that is refused is counted, and logged with the reason") {
  fixture f{log_level::warning};
  CHECK(status_of(f.ask("websocket", "")) == "400");
  CHECK(f.logged("'connection' header must contain 'upgrade'"));
  CHECK(status_of(f.ask("websocket", "sec-websocket-protocol: other\r\n")) == "403");
  CHECK(f.logged("none of its subprotocols is one of the socket's"));
  CHECK(status_of(f.ask("websocket?a=%", "")) == "400");
  CHECK(f.logged("malformed query string"));
  CHECK(f.counted(metric::requests_refused) == 3);
}
