#include <bennu/transport/http_stream.hpp>

#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/transport/frame.hpp>

#include "routes_server.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

/// Keeps the body of GET /a for the test.
struct kept_stream {
  std::promise<http_stream> promise;

  auto routes() {
    return [this](http_routes& to) {
      to.http("GET", "/a", [this](const http_request&) {
        auto answer = http_response::text(200, "ignored");
        answer.stream = [this](http_stream body) { promise.set_value(std::move(body)); };
        return answer;
      });
    };
  }
  http_stream get() { return promise.get_future().get(); }
};

/// More than the kernel keeps for a client that does not read.
const std::string large = [] {
  std::string all;
  all.resize(20'000'000, 'x');
  return all;
}();

void allow_large(server::options& options) { options.limits.max_outbox_bytes = 2 * large.size(); }

}  // namespace

TEST_CASE("the parts of a body are sent as they are written, from any thread, and its end is the last chunk") {
  kept_stream kept;
  const routes_server f{kept.routes()};
  auto client = f.connect();
  client.send(get_a);
  const auto head = client.until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has_field(head, "transfer-encoding: chunked"));
  CHECK(has_field(head, "connection: keep-alive"));
  CHECK(head.find("content-length") == std::string::npos);
  const auto body = kept.get();
  CHECK(body.write("one"));
  CHECK(client.until("one\r\n") == "3\r\none\r\n");
  CHECK(body.write(""));
  const auto shared = frame::make(message_kind::text, std::string(3'000, 's'));
  CHECK(body.write(shared_bytes{shared->payload(), shared}));
  CHECK(client.until("s\r\n") == "bb8\r\n" + std::string(3'000, 's') + "\r\n");
  CHECK(body.is_open());
  body.end();
  CHECK_FALSE(body.is_open());
  CHECK_FALSE(body.write("late"));
  CHECK(client.until("\r\n\r\n") == "0\r\n\r\n");
  CHECK(status_of(client.get("/none")) == "404");
}

TEST_CASE("a body may be written completely at once") {
  const routes_server f{[](http_routes& to) {
    to.http("GET", "/a", [](const http_request&) {
      http_response answer;
      answer.stream = [](const http_stream& body) {
        body.write("a");
        body.flush();
        body.write("b");
        body.end();
      };
      return answer;
    });
  }};
  auto client = f.connect();
  client.send(get_a);
  client.until("\r\n\r\n");
  CHECK(client.until("\r\n\r\n") == "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
}

TEST_CASE("a client with HTTP/1.0 gets the parts without chunks, and the end of the connection as their end") {
  kept_stream kept;
  const routes_server f{kept.routes()};
  auto client = f.connect();
  client.send("GET /a HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n");
  const auto body = kept.get();
  body.write("one");
  body.write("two");
  body.end();
  const auto all = client.rest();
  CHECK(has_field(all, "connection: close"));
  CHECK(all.find("transfer-encoding") == std::string::npos);
  CHECK(body_of(all) == "onetwo");
}

TEST_CASE("the body of an answer to HEAD, and of one with a status that has none, is not written") {
  bool called = false;
  const routes_server f{[&](http_routes& to) {
    to.http("GET", "/:status", [&](const http_request& request) {
      auto answer = http_response::text(static_cast<unsigned>(std::stoul(std::string{request.variable("status")})));
      answer.stream = [&](const http_stream&) { called = true; };
      return answer;
    });
  }};
  auto client = f.connect();
  client.send("HEAD /200 HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(has_field(client.until("\r\n\r\n"), "transfer-encoding: chunked"));
  client.send("GET /204 HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(client.until("\r\n\r\n").find("transfer-encoding") == std::string::npos);
  CHECK(status_of(client.get("/not/found")) == "404");
  CHECK_FALSE(called);
}

TEST_CASE("bytes that a client does not read wait, and the program learns when none waits any more") {
  kept_stream kept;
  const routes_server f{kept.routes(), allow_large};
  auto client = f.connect();
  client.send(get_a);
  const auto body = kept.get();
  client.until("\r\n\r\n");
  body.write(large);
  CHECK(body.waiting_bytes() > 0);
  std::promise<void> drained;
  body.on_drained([&] {
    body.on_drained({});
    drained.set_value();
  });
  auto read = std::async(std::launch::async, [&] { return client.until("x\r\n").size(); });
  drained.get_future().wait();
  CHECK(body.waiting_bytes() == 0);
  CHECK(read.get() == large.size() + "1312d00\r\n\r\n"s.size());
}

TEST_CASE("each time that all was sent, the next part may be written") {
  const routes_server f{[](http_routes& to) {
    to.http("GET", "/a", [](const http_request&) {
      http_response answer;
      answer.stream = [](const http_stream& body) {
        body.on_drained([body, left = 100]() mutable {
          if (left == 0) return body.end();
          body.write(std::string(10'000, static_cast<char>('a' + --left % 10)));
        });
      };
      return answer;
    });
  }};
  auto client = f.connect();
  client.send(get_a);
  client.until("\r\n\r\n");
  for (int left = 99; left >= 0; --left) {
    CHECK(client.until("\r\n") == "2710\r\n");
    CHECK(client.until("\r\n") == std::string(10'000, static_cast<char>('a' + left % 10)) + "\r\n");
  }
  CHECK(client.until("\r\n\r\n") == "0\r\n\r\n");
}

TEST_CASE("max_outbox_bytes: a client for which too much waits is cut") {
  kept_stream kept;
  const routes_server f{kept.routes(), [](auto& options) { options.limits.max_outbox_bytes = large.size() / 2; }};
  auto client = f.connect();
  client.send(get_a);
  const auto body = kept.get();
  std::promise<bool> complete;
  body.on_closed([&](bool all) { complete.set_value(all); });
  CHECK_FALSE(body.write(large));
  CHECK_FALSE(complete.get_future().get());
  CHECK_FALSE(body.is_open());
  CHECK(body.waiting_bytes() == 0);
  CHECK(f.counted(metric::slow_clients_closed) == 1);
  CHECK(body_of(client.rest()).empty());
}

TEST_CASE("request_timeout: a client that does not read is cut, and one to which nothing is written is not") {
  kept_stream quiet;
  kept_stream slow;
  const auto set = [](server::options& options) {
    allow_large(options);
    options.limits.request_timeout = 30ms;
  };
  const routes_server q{quiet.routes(), set};
  const routes_server s{slow.routes(), set};
  auto waiting = q.connect();
  waiting.send(get_a);
  const auto nothing = quiet.get();
  auto client = s.connect();
  client.send(get_a);
  const auto body = slow.get();
  std::promise<bool> complete;
  body.on_closed([&](bool all) { complete.set_value(all); });
  body.write(large);
  CHECK_FALSE(complete.get_future().get());
  CHECK(s.counted(metric::connections_timed_out) == 1);
  // By now the time of the quiet client is over, too.
  CHECK(nothing.write("still here"));
  CHECK(waiting.until("still here").ends_with("still here"));
}

TEST_CASE("a program learns that the client of a body is gone, also if it only ended its side") {
  for (const bool half : {false, true}) {
    CAPTURE(half);
    kept_stream kept;
    const routes_server f{kept.routes()};
    auto client = f.connect();
    client.send(get_a);
    const auto body = kept.get();
    std::promise<bool> complete;
    body.on_closed([&](bool all) { complete.set_value(all); });
    if (half) {
      client.end_writing();
    } else {
      client.hang_up();
    }
    CHECK_FALSE(complete.get_future().get());
    CHECK_FALSE(body.write("late"));
    bool at_once = true;
    body.on_closed([&](bool all) { at_once = all; });
    CHECK_FALSE(at_once);
  }
}

TEST_CASE("a client that goes while much waits for it is noticed") {
  kept_stream kept;
  const routes_server f{kept.routes(), allow_large};
  auto client = f.connect();
  client.send(get_a);
  const auto body = kept.get();
  std::promise<bool> complete;
  body.on_closed([&](bool all) { complete.set_value(all); });
  body.write(large);
  client.until("\r\n\r\n");
  client.end_writing();
  CHECK_FALSE(complete.get_future().get());
}

TEST_CASE("a program learns that a body was sent completely") {
  kept_stream kept;
  const routes_server f{kept.routes(), allow_large};
  auto client = f.connect();
  client.send(get_a);
  const auto body = kept.get();
  std::promise<bool> complete;
  body.on_closed([&](bool all) { complete.set_value(all); });
  body.write(large);
  body.end();
  std::promise<void> delivered;
  f.threads->loop(0).post([&] { delivered.set_value(); });
  delivered.get_future().wait();
  client.end_writing();  // the rest of the answer is still sent
  CHECK(client.rest().ends_with("0\r\n\r\n"));
  CHECK(complete.get_future().get());
}

TEST_CASE("a body that is cut, or whose stream is dropped, ends without the last chunk") {
  for (const bool dropped : {false, true}) {
    CAPTURE(dropped);
    kept_stream kept;
    const routes_server f{kept.routes()};
    auto client = f.connect();
    client.send(get_a);
    {
      const auto body = kept.get();
      body.write("part");
      client.until("part\r\n");
      kept.promise = {};
      if (!dropped) body.cut();
    }
    CHECK(client.rest().empty());
  }
}

TEST_CASE("a function that throws instead of writing a body is logged, and the body cut") {
  const routes_server f{[](http_routes& to) {
    to.http("GET", "/a", [](const http_request&) {
      http_response answer;
      answer.stream = [](const http_stream&) { throw std::runtime_error("no luck"); };
      return answer;
    });
  }};
  auto client = f.connect();
  client.send(get_a);
  CHECK(client.rest().empty());
  CHECK(f.log->has("the function that writes an answer threw: no luck"));
}

TEST_CASE("requests that a client sends behind its stream wait for its end") {
  kept_stream kept;
  const routes_server f{kept.routes()};
  auto client = f.connect();
  client.send(std::string{get_a} + "GET /none HTTP/1.1\r\nhost: a\r\n\r\n");
  const auto body = kept.get();
  body.write("one");
  client.until("one\r\n");
  body.end();
  CHECK(client.until("\r\n\r\n") == "0\r\n\r\n");
  CHECK(status_of(client.answer()) == "404");
}

TEST_CASE("a stream that outlives its server is closed, and its functions are not called again") {
  kept_stream kept;
  routes_server f{kept.routes()};
  auto client = f.connect();
  client.send(get_a);
  const auto body = kept.get();
  int closed = 0;
  body.on_closed([&](bool) { ++closed; });
  f.stop();
  CHECK(closed == 1);
  CHECK_FALSE(body.write("late"));
  body.flush();
  body.end();
  body.cut();
  CHECK(closed == 1);
}

TEST_CASE("writers on other threads and clients that go meet in every order") {
  std::mutex mutex;
  std::optional<http_stream> newest;
  const routes_server f{[&](http_routes& to) {
    to.http("GET", "/a", [&](const http_request&) {
      http_response answer;
      answer.stream = [&](http_stream body) {
        const std::lock_guard lock{mutex};
        newest = std::move(body);
      };
      return answer;
    });
  }};
  std::promise<void> stop;
  std::thread writing{[&, stopped = stop.get_future().share()] {
    while (stopped.wait_for(0s) != std::future_status::ready) {
      std::optional<http_stream> body;
      {
        const std::lock_guard lock{mutex};
        body = newest;
      }
      if (body && !body->write("part")) continue;
      if (body && body->waiting_bytes() > 1'000) body->end();
    }
  }};
  for (int i = 0; i < 200; ++i) {
    auto client = f.connect();
    client.send(get_a);
    if (i % 2 == 0) client.until("part\r\n");
  }
  stop.set_value();
  writing.join();
  newest.reset();
  CHECK(status_of(f.connect().get("/none")) == "404");
}
