#include <bennu/transport/http_routes.hpp>

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/http_route_table.hpp>
#include <bennu/transport/server.hpp>

#include "http_client.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

/// The logged lines.
struct log_lines {
  std::mutex mutex;
  std::vector<std::string> all;

  bool has(std::string_view part) {
    const std::lock_guard lock{mutex};
    for (const auto& line : all) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

/// A server with routes.
class fixture {
public:
  explicit fixture(const std::function<void(http_routes&)>& add,
                   const std::function<void(server::options&)>& set = {}) {
    server::options options;
    options.port = 0;
    if (set) set(options);
    running = std::make_unique<server>(*threads, options);
    add(running->routes());
    port = running->start();
  }
  ~fixture() { stop(); }

  void stop() {
    if (running) running->stop();
    running.reset();
    threads.reset();
  }
  http_client connect() const { return http_client{port}; }
  std::int64_t counted(metric which) const { return threads->metrics()->value(which); }

  std::shared_ptr<log_lines> log = std::make_shared<log_lines>();
  std::unique_ptr<bennu::system> threads =
      std::make_unique<bennu::system>(bennu::system::options{.io_threads = 1, .scheduler_threads = 1, .configure = {}},
                                      logger{log_level::debug, [lines = log](auto, auto line) {
                                               const std::lock_guard lock{lines->mutex};
                                               lines->all.emplace_back(line);
                                             }});
  std::unique_ptr<server> running;
  std::uint16_t port = 0;
};

/// Keeps what a handler was called with for the test.
struct kept_request {
  std::promise<std::pair<http_request, http_responder>> promise;

  http_handler handler() {
    return [this](http_request request, http_responder to) { promise.set_value({std::move(request), std::move(to)}); };
  }
  std::pair<http_request, http_responder> get() { return promise.get_future().get(); }
};

const auto get_a = "GET /a HTTP/1.1\r\nhost: a\r\n\r\n"sv;

}  // namespace

TEST_CASE("a handler is told the request, and its answer comes with what the server adds") {
  const fixture f{[](auto& routes) {
    routes.http("POST", "/echo/:name", [](const http_request& request) {
      CHECK(request.method == "POST");
      CHECK(request.uri.query == "x=y");
      CHECK(request.peer_address == "127.0.0.1");
      auto answer = http_response::text(201, std::string{request.variable("name")} + ':' + request.body);
      answer.headers.add("x-mine", "1");
      return answer;
    });
  }};
  const auto answer = f.connect().ask("POST /echo/a%20b?x=y HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi");
  CHECK(answer.starts_with("HTTP/1.1 201 Created\r\n"));
  CHECK(body_of(answer) == "a b:hi");
  for (const auto* field : {"x-mine: 1", "content-length: 6", "connection: keep-alive",
                            "x-content-type-options: nosniff", "content-security-policy: frame-ancestors 'self'",
                            "referrer-policy: same-origin", "content-type: text/plain; charset=utf-8"}) {
    CAPTURE(field);
    CHECK(has_field(answer, field));
  }
}

TEST_CASE("the header fields of every answer are the program's to choose, and an answer's own take precedence") {
  const fixture f{[](auto& routes) {
                    routes.http("GET", "/a", [](const http_request&) {
                      auto answer = http_response::text(200);
                      answer.headers.add("X-Default", "mine");
                      return answer;
                    });
                  },
                  [](auto& options) { options.response_headers = {{"x-default", "server's"}}; }};
  const auto answer = f.connect().get("/a");
  CHECK(has_field(answer, "X-Default: mine"));
  CHECK(answer.find("server's") == std::string::npos);
  CHECK(answer.find("nosniff") == std::string::npos);
  CHECK(has_field(f.connect().get("/none"), "x-default: server's"));
}

TEST_CASE("HEAD is answered as GET is, without the body; other methods with 405") {
  const fixture f{[](auto& routes) {
    routes.http("GET", "/a", [](const http_request&) { return http_response::text(200, "four"); });
    routes.http("PUT", "/a", [](const http_request&) { return http_response::text(204, "no body may follow"); });
  }};
  auto client = f.connect();
  client.send("HEAD /a HTTP/1.1\r\nhost: a\r\n\r\nGET /a/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  const auto both = client.rest();
  CHECK(has_field(both, "content-length: 4"));
  CHECK(body_of(both).starts_with("HTTP/1.1 200"));
  const auto refused = f.connect().ask("DELETE /a HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(status_of(refused) == "405");
  CHECK(has_field(refused, "allow: GET, HEAD, PUT"));
  CHECK(status_of(f.connect().get("/b")) == "404");
  auto putting = f.connect();
  putting.send("PUT /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  CHECK(body_of(putting.rest()).empty());
}

TEST_CASE("an answer may come later, from another thread") {
  kept_request kept;
  const fixture f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
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
  const fixture f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
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
  const fixture f{[](auto& routes) { routes.http("GET", "/a", http_handler{[](const auto&, const auto&) {}}); }};
  CHECK(status_of(f.connect().get("/a")) == "500");
  CHECK(f.log->has("the handler of GET /a ended without an answer"));
}

TEST_CASE("a handler that throws is answered for, also if it has kept the way back") {
  std::optional<http_responder> kept;
  const fixture f{[&](auto& routes) {
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

TEST_CASE("response_timeout: a handler that does not answer in time is answered for, and told") {
  kept_request kept;
  const fixture f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); },
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
  const fixture f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
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
  const fixture f{[&](auto& routes) {
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
  fixture f{[&](auto& routes) { routes.http("GET", "/a", kept.handler()); }};
  auto client = f.connect();
  client.send(get_a);
  const auto [request, to] = kept.get();
  f.stop();
  CHECK_FALSE(to.is_waiting());
  bool sent = true;
  to.respond(http_response::text(200), [&](bool ok) { sent = ok; });
  CHECK_FALSE(sent);
}

TEST_CASE("an answer that would break HTTP is not sent") {
  const fixture f{[](auto& routes) {
    routes.http("GET", "/status/:n", [](const http_request& r) {
      return http_response::text(static_cast<unsigned>(std::stoul(std::string{r.variable("n")})));
    });
    routes.http("GET", "/field/:name", [](const http_request& r) {
      auto answer = http_response::text(200);
      answer.headers.add(r.variable("name"), "a");
      return answer;
    });
    routes.http("GET", "/value/:value", [](const http_request& r) {
      auto answer = http_response::text(200);
      answer.headers.add("x", r.variable("value"));
      return answer;
    });
  }};
  auto client = f.connect();
  CHECK(status_of(client.get("/value/fine")) == "200");
  for (const auto* target :
       {"/status/100", "/status/600", "/status/0", "/field/a%20b", "/field/a%3Ab", "/field/Content-Length",
        "/field/transfer-encoding", "/value/a%0D%0Ax:y", "/value/a%00b"}) {
    CAPTURE(target);
    CHECK(status_of(client.get(target)) == "500");
  }
}

TEST_CASE("handlers come before files, and the longest prefix before others") {
  const auto top = std::filesystem::temp_directory_path() / "bennu-http-routes-test";
  std::filesystem::create_directories(top / "sub");
  const auto write = [](const std::filesystem::path& path, std::string_view text) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file{fopen(path.c_str(), "w"), fclose};
    fwrite(text.data(), 1, text.size(), file.get());
  };
  write(top / "a.txt", "outer");
  write(top / "sub" / "a.txt", "inner");
  const fixture f{[&](auto& routes) {
    routes.files("/", top);
    routes.files("/inner/", top / "sub");
    routes.http("GET", "/handled.txt", [](const http_request&) { return http_response::text(200, "handled"); });
  }};
  auto client = f.connect();
  CHECK(body_of(client.get("/a.txt")) == "outer");
  CHECK(body_of(client.get("//inner//a.txt")) == "inner");
  CHECK(body_of(client.get("/handled.txt")) == "handled");
  CHECK(has_field(client.get("/a.txt"), "x-content-type-options: nosniff"));
  const auto refused = client.ask("PUT /a.txt HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(status_of(refused) == "405");
  CHECK(has_field(refused, "allow: GET, HEAD"));
}

TEST_CASE("mistakes in routes are reported together with the start, as one line") {
  const auto mistake = [](const std::function<void(http_routes&)>& add) -> std::string {
    http_route_table table;
    http_routes routes{table};
    add(routes);
    try {
      table.check();
      return "";
    } catch (const std::exception& e) {
      return e.what();
    }
  };
  const http_handler none = [](const auto&, const auto&) {};
  CHECK(mistake([&](auto& routes) {
          routes.http("GET", "/a/:b", none);
          routes.http("PUT", "/a/:b", none);
          routes.http("GET", "/a", none);
        }) == "");
  CHECK(mistake([&](auto& routes) {
          routes.http("GET", "/a/:b", none);
          routes.http("GET", "/a/:c/", none);
        }) == "the routes GET /a/:b and GET /a/:c/ are the same");
  CHECK(mistake([&](auto& routes) { routes.http("GET", "a", none); }) ==
        "the path \"a\" does not begin with a slash, as in \"/socket\"");
  CHECK(mistake([&](auto& routes) { routes.http("GET", "/a", http_handler{}); }) == "the route GET /a has no handler");
  CHECK(mistake([&](auto& routes) { routes.files("/", "/nowhere"); }) ==
        "cannot serve files from the directory /nowhere: No such file or directory");
  CHECK(mistake([&](auto& routes) {
          routes.files("/x", "/");
          routes.files("/x/", "/");
        }) == "files are served under \"/x/\" twice");
  CHECK(mistake([&](auto& routes) { routes.files("x", "/"); }) ==
        "the prefix \"x\" does not begin with a slash, as in \"/\"");
}
