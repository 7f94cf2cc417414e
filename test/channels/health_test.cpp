#include <bennu/channels/internal/health.hpp>

#include <chrono>
#include <future>
#include <string>

#include <bennu/channels/endpoint.hpp>

#include <doctest/doctest.h>

#include "../transport/http_client.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::chrono_literals;

namespace {

logger silent() {
  return logger{log_level::error, [](auto, auto) {}};
}

limits with_stall_timeout(std::chrono::milliseconds timeout) {
  limits all;
  all.loop_stall_timeout = timeout;
  return all;
}

std::string reason_of(const http_response& answer) { return answer.body; }

}  // namespace

TEST_CASE("a server is ready between its start and its end, and has started from then on") {
  const replaceable<limits> all{limits{}};
  health state{{}, all, silent()};
  CHECK(state.ready().status == 503);
  CHECK(state.started().status == 503);
  CHECK(reason_of(state.ready()) == R"({"status":"unavailable","reason":"the server is starting"})");
  state.set(health::stage::serving);
  CHECK(state.ready().status == 200);
  CHECK(state.started().status == 200);
  CHECK(state.ready().body == R"({"status":"ok"})");
  CHECK(state.ready().headers.find("cache-control") == "no-store");
  state.set(health::stage::ending);
  CHECK(reason_of(state.ready()) == R"({"status":"unavailable","reason":"the server is ending"})");
  CHECK(state.started().status == 200);
  CHECK(state.live().status == 200);
}

TEST_CASE("a loop that waits is alive, and one that is busy is so until the limit") {
  replaceable<limits> all{limits{}};
  event_loop loop{3};
  const health state{{&loop}, all, silent()};
  all.set(with_stall_timeout(0ms));
  CHECK(state.live().status == 200);
  loop.post([&] {
    CHECK(state.live().status == 503);
    CHECK(reason_of(state.live()).find("I/O thread 3 has been busy") != std::string::npos);
    all.set(with_stall_timeout(1h));
    CHECK(state.live().status == 200);
    loop.stop();
  });
  loop.run(nullptr);
}

TEST_CASE("while a callback occupies an I/O thread, the second listener says that the server is not alive") {
  config wanted;
  wanted.port = 0;
  wanted.threads = 1;
  wanted.logger = silent();
  wanted.admin = listener_options{};
  wanted.limits.loop_stall_timeout = 20ms;
  endpoint server{wanted};
  std::promise<void> begun;
  std::promise<void> may_end;
  server.http("GET", "/block", [&](const http_request&) {
    begun.set_value();
    may_end.get_future().wait();
    return http_response::text(200);
  });
  http_client client{server.start()};
  http_client inside{server.admin_port().value()};
  auto answer = std::async(std::launch::async, [&] { return client.get("/block"); });
  begun.get_future().wait();
  while (status_of(inside.get("/health/live")) != "503") {
  }
  may_end.set_value();
  CHECK(status_of(answer.get()) == "200");
  while (status_of(inside.get("/health/live")) != "200") {
  }
}
