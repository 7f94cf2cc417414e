#include <bennu/transport/http_responder.hpp>

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "routes_server.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

TEST_CASE("an answer may come later, from another thread") {
  kept_request kept;
  const routes_server f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
  auto client = f.connect();
  client.send(get_a);
  const auto [request, to] = kept.get();
  CHECK(to.is_waiting());
  std::promise<bool> sent;
  to.respond(http_response::text(200, "late"), [&](bool ok) { sent.set_value(ok); });
  CHECK_FALSE(to.is_waiting());
  CHECK(body_of(client.answer()) == "late");
  CHECK(sent.get_future().get());
}

TEST_CASE("the first answer counts") {
  kept_request kept;
  const routes_server f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
  auto client = f.connect();
  client.send(get_a);
  const auto [request, to] = kept.get();
  to.respond(http_response::text(200, "first"));
  bool sent = true;
  to.respond(http_response::text(200, "second"), [&](bool ok) { sent = ok; });
  CHECK_FALSE(sent);
  CHECK(body_of(client.answer()) == "first");
  CHECK(status_of(client.get("/none")) == "404");
}

TEST_CASE("a handler that forgets to answer is answered for") {
  const routes_server f{[](auto& routes) { routes.http("GET", "/a", http_handler{[](const auto&, const auto&) {}}); }};
  CHECK(status_of(f.connect().get("/a")) == "500");
  CHECK(f.log->has("the handler of GET /a ended without an answer"));
}

TEST_CASE("a request that waits keeps, and the log has, only the beginning of a long path") {
  const routes_server f{
      [](auto& routes) { routes.http("GET", "/:name", http_handler{[](const auto&, const auto&) {}}); }};
  CHECK(status_of(f.connect().get('/' + std::string(10'000, 'x'))) == "500");
  CHECK(f.log->has("GET /" + std::string(200, 'x')));
  CHECK_FALSE(f.log->has(std::string(300, 'x')));
}

TEST_CASE("a handler that throws is answered for, also if it has kept the way back") {
  std::optional<http_responder> kept;
  const routes_server f{[&](auto& routes) {
    routes.http("GET", "/a", http_handler{[](const auto&, const auto&) { throw std::runtime_error("no luck"); }});
    routes.http("GET", "/b", http_handler{[&](const auto&, const auto& to) {
                  kept = to;
                  throw 1;
                }});
  }};
  auto client = f.connect();
  CHECK(status_of(client.get("/a")) == "500");
  CHECK(f.log->has("GET /a failed: no luck"));
  CHECK_FALSE(f.log->has("ended without an answer"));
  CHECK(status_of(client.get("/b")) == "500");
  CHECK_FALSE(kept->is_waiting());
  kept->respond(http_response::text(200, "late"));
  CHECK(status_of(client.get("/none")) == "404");
}

TEST_CASE("response_timeout: if a handler does not answer in time, the client gets a 503, and the handler is told") {
  kept_request kept;
  const routes_server f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); },
                        [](auto& options) { options.limits.response_timeout = 20ms; }};
  auto client = f.connect();
  client.send(get_a);
  const auto [request, to] = kept.get();
  std::promise<void> gone;
  to.on_gone([&] { gone.set_value(); });
  gone.get_future().wait();
  CHECK_FALSE(to.is_waiting());
  CHECK(client.rest().starts_with("HTTP/1.1 503"));
  CHECK(f.counted(metric::response_timeouts) == 1);
  to.respond(http_response::text(200));
}

TEST_CASE("a handler learns that its client is gone") {
  kept_request kept;
  const routes_server f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
  auto client = f.connect();
  client.send(get_a);
  const auto [request, to] = kept.get();
  std::promise<void> gone;
  to.on_gone([&] { gone.set_value(); });
  client.hang_up();
  gone.get_future().wait();
  bool sent = true;
  to.respond(http_response::text(200), [&](bool ok) { sent = ok; });
  CHECK_FALSE(sent);
  bool at_once = false;
  to.on_gone([&] { at_once = true; });
  CHECK(at_once);
}

TEST_CASE("answers from another thread and clients that go meet in every order") {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<http_responder> waiting;
  const routes_server f{[&](auto& routes) {
    routes.http("GET", "/a", http_handler{[&](const auto&, const auto& to) {
                  const std::lock_guard lock{mutex};
                  waiting.push_back(to);
                  changed.notify_all();
                }});
  }};
  std::thread answering{[&] {
    for (int answered = 0; answered < 200; ++answered) {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return !waiting.empty(); });
      const auto to = waiting.back();
      waiting.pop_back();
      lock.unlock();
      to.respond(http_response::text(200, std::string(10'000, 'x')));
    }
  }};
  for (int i = 0; i < 200; ++i) {
    auto client = f.connect();
    client.send(get_a);
    if (i % 2 == 0) CHECK(status_of(client.answer()) == "200");
  }
  answering.join();
  CHECK(status_of(f.connect().get("/none")) == "404");
}

TEST_CASE("an answer after the server and its threads have ended is dropped") {
  kept_request kept;
  routes_server f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
  auto client = f.connect();
  client.send(get_a);
  const auto [request, to] = kept.get();
  f.stop();
  CHECK_FALSE(to.is_waiting());
  bool sent = true;
  to.respond(http_response::text(200), [&](bool ok) { sent = ok; });
  CHECK_FALSE(sent);
}
