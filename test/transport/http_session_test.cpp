#include <bennu/transport/internal/http_session.hpp>

#include <array>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "http_client.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

/// A loop with connections, each to a client of the test's.
class fixture final : request_handler {
public:
  using function = std::function<void(http_request, const ref<http_session>&)>;

  explicit fixture(function answer, const bennu::limits& of = {}) : limits_(of), answer_(std::move(answer)) {}
  ~fixture() {
    on_loop([this] {
      while (!shard_->sessions.empty()) shard_->sessions.front().cut();
      shard_->stop();
    });
    loop_.stop();
    thread_.join();
  }

  http_client connect(std::string_view sent_already = {}) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    REQUIRE(::fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    on_loop([&] {
      accepted_peer peer{stream{unique_fd{fds[0]}}, std::move(*count_.add("test")), "192.0.2.1", 1};
      http_session::start(*shard_, std::move(peer), limits_, *this, sent_already);
    });
    return http_client{unique_fd{fds[1]}};
  }
  /// Runs `action` on the loop's thread, after the loop has read the earlier input.
  void on_loop(const std::function<void()>& action) {
    std::promise<void> done;
    loop_.post([&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }
  std::size_t drain() {
    std::size_t n = 0;
    on_loop([&] {
      for (auto it = shard_->sessions.begin(); it != shard_->sessions.end();) n += (it++)->drain() ? 1 : 0;
    });
    return n;
  }
  std::size_t sessions() {
    std::size_t n = 0;
    on_loop([&] { n = shard_->sessions.size(); });
    return n;
  }
  std::int64_t counted(metric which) const { return counts_.value(which); }
  event_loop& loop() noexcept { return loop_; }
  bool await_none() { return count_.await_none(10s); }

private:
  void handle(http_request request, const ref<http_session>& from) override { answer_(std::move(request), from); }
  const http_headers& default_headers() const noexcept override { return none_; }

  bennu::limits limits_;
  function answer_;
  http_headers none_;
  logger log_{log_level::error, [](auto, auto) {}};
  event_loop loop_{0};
  metrics counts_{{&loop_}};
  connection_count count_{1'000, 1'000};
  std::unique_ptr<io_shard> shard_ = std::make_unique<io_shard>(loop_, log_, counts_);
  std::thread thread_{[this] { loop_.run(nullptr); }};
};

/// Answers with the request's path and body.
void echo(http_request request, const ref<http_session>& from) {
  from->respond(http_response::text(200, request.uri.path + request.body));
}

std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nhost: a\r\n" + std::string{fields} + "\r\n";
}

}  // namespace

TEST_CASE("a session answers requests that were sent before it began") {
  fixture f{echo};
  CHECK(body_of(f.connect(get("/early")).answer()) == "/early");
}

TEST_CASE("requests sent ahead are answered in order, each after the one before it") {
  fixture f{echo};
  auto client = f.connect();
  std::string all;
  for (int i = 0; i < 1'000; ++i) all += get("/" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 1'000; ++i) CHECK(body_of(client.answer()) == "/" + std::to_string(i));
}

TEST_CASE("bodies are read however they are cut into pieces") {
  fixture f{echo};
  auto client = f.connect();
  const auto one = "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody"s;
  const auto all = one + get("/b") + one;
  for (std::size_t cut = 1; cut < all.size(); cut += 7) {
    CAPTURE(cut);
    client.send(all.substr(0, cut));
    f.on_loop([] {});
    client.send(all.substr(cut));
    CHECK(body_of(client.answer()) == "/abody");
    CHECK(body_of(client.answer()) == "/b");
    CHECK(body_of(client.answer()) == "/abody");
  }
}

TEST_CASE("a client that sends ahead without reading the answers is not read beyond a limit") {
  bennu::limits small;
  small.max_request_header_bytes = 1'000;
  std::promise<ref<http_session>> first;
  fixture f{[&](http_request request, const ref<http_session>& from) {
              request.uri.path == "/first" ? first.set_value(from) : echo(std::move(request), from);
            },
            small};
  auto client = f.connect();
  client.send(get("/first"));
  auto session = first.get_future().get();
  // Much more than the limit. The bytes that the session does not read stay in the socket's buffer.
  std::string ahead;
  for (int i = 0; i < 2'000; ++i) ahead += get("/next");
  client.send(ahead);
  f.on_loop([&, s = std::move(session)] { s->respond(http_response::text(200, "first")); });
  CHECK(body_of(client.answer()) == "first");
  for (int i = 0; i < 2'000; ++i) REQUIRE(body_of(client.answer()) == "/next");
}

TEST_CASE("a client that ends its side still gets the answer that is on its way, but not one that is late") {
  fixture f{[](http_request request, const ref<http_session>& from) {
    if (request.uri.path == "/large") from->respond(http_response::text(200, std::string(5'000'000, 'x')));
  }};
  auto large = f.connect();
  large.send(get("/large"));
  large.end_writing();
  CHECK(body_of(large.rest()).size() == 5'000'000);
  auto late = f.connect();
  late.send(get("/late"));
  late.end_writing();
  CHECK(late.rest().empty());
  CHECK(f.await_none());
}

TEST_CASE("a client that ends its side before a busy loop sends the answer still gets it") {
  struct other_work final : event_loop::deferred {
    void at_turn_end() override {}
  };
  fixture server{echo};
  auto client = server.connect();
  std::array<other_work, 600> others;  // more than two turns do
  server.on_loop([&] {
    for (auto& one : others) server.loop().defer(one);
    client.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    client.end_writing();
  });
  CHECK(client.answer().ends_with("/late"));
  CHECK(server.await_none());
}

TEST_CASE("a refused request ends the connection, and later bytes are not read as a request") {
  fixture f{echo};
  auto client = f.connect();
  client.send("POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 3, 3\r\n\r\nabc" + get("/smuggled"));
  const auto all = client.rest();
  CHECK(all.starts_with("HTTP/1.1 400"));
  CHECK(all.find("smuggled") == std::string::npos);
  CHECK(f.counted(metric::requests_refused) == 1);
}

TEST_CASE("an answer to HEAD, and with 204 or 304, has no body, so the next one begins at the right place") {
  fixture f{[](http_request request, const ref<http_session>& from) {
    const auto status =
        request.uri.path == "/ok" ? 200U : static_cast<unsigned>(std::stoul(request.uri.path.substr(1)));
    from->respond(http_response::text(status, "body"));
  }};
  auto client = f.connect();
  client.send(get("/204") + get("/304") + "HEAD /200 HTTP/1.1\r\nhost: a\r\n\r\n" +
              get("/ok", "connection: close\r\n"));
  const auto all = client.rest();
  CHECK(all.find("body") == all.size() - 4);
  CHECK(all.find("HTTP/1.1 200 OK", all.find("HTTP/1.1 304")) != std::string::npos);
}

TEST_CASE("a second answer to the same request is dropped") {
  fixture f{[](http_request request, const ref<http_session>& from) {
    from->respond(http_response::text(200, "first"));
    bool sent = true;
    from->respond(http_response::text(200, "second"), [&](bool ok) { sent = ok; });
    CHECK_FALSE(sent);
    CHECK(request.uri.path == "/");
  }};
  auto client = f.connect();
  CHECK(body_of(client.ask(get("/"))) == "first");
  CHECK(body_of(client.ask(get("/"))) == "first");
}

TEST_CASE("the sender of an answer is told once if it was sent") {
  std::promise<bool> sent;
  std::promise<bool> gone;
  fixture f{[&](http_request request, const ref<http_session>& from) {
    auto& of = request.uri.path == "/gone" ? gone : sent;
    // More than the kernel keeps for a client that does not read.
    const auto size = request.uri.path == "/gone" ? 20'000'000U : 10U;
    from->respond(http_response::text(200, std::string(size, 'x')), [&](bool ok) { of.set_value(ok); });
  }};
  auto client = f.connect();
  client.ask(get("/sent"));
  CHECK(sent.get_future().get());
  client.send(get("/gone"));
  client.hang_up();
  CHECK_FALSE(gone.get_future().get());
}

TEST_CASE("a drain ends idle sessions at once, and others behind their answer") {
  std::promise<ref<http_session>> busy;
  fixture f{[&](http_request request, const ref<http_session>& from) {
    request.uri.path == "/busy" ? busy.set_value(from) : echo(std::move(request), from);
  }};
  auto idle = f.connect();
  idle.ask(get("/"));
  auto client = f.connect();
  client.send(get("/busy") + get("/next"));
  auto session = busy.get_future().get();
  CHECK(f.drain() == 2);
  CHECK(idle.rest().empty());
  CHECK(f.drain() == 0);
  CHECK(f.sessions() == 1);
  f.on_loop([&, s = std::move(session)] { s->respond(http_response::text(200, "done")); });
  const auto all = client.rest();
  CHECK(has_field(all, "connection: close"));
  CHECK(body_of(all) == "done");
}

TEST_CASE("a connection that is taken over keeps the bytes after the request") {
  std::promise<std::string> behind;
  fixture f{[&](http_request, const ref<http_session>& from) {
    auto all = from->take_over();
    CHECK_FALSE(from->is_open());
    behind.set_value(all.input);
    all.stream.close();
  }};
  auto client = f.connect();
  client.send(get("/") + "frames");
  CHECK(behind.get_future().get() == "frames");
}

TEST_CASE("10,000 connections that were refused or answered leave nothing behind") {
  fixture f{echo};
  for (int i = 0; i < 10'000; ++i) {
    auto client = f.connect(i % 2 == 0 ? get("/", "connection: close\r\n") : "nonsense\r\n\r\n");
    if (i % 3 == 0) client.rest();
  }
  CHECK(f.await_none());
  CHECK(f.sessions() == 0);
}
