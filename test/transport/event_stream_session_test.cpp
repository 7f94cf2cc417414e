#include "event_stream_case.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;
using kind = exit_reason::kind;

TEST_CASE("an event stream begins with its first event, for no cache and no proxy to keep") {
  event_stream_case f;
  auto client = f.follow();
  CHECK(f.head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has_field(f.head, "content-type: text/event-stream"));
  CHECK(has_field(f.head, "cache-control: no-store"));
  CHECK(has_field(f.head, "x-accel-buffering: no"));
  CHECK(has_field(f.head, "transfer-encoding: chunked"));
}

TEST_CASE("the events of one turn leave together, in order") {
  event_stream_case f;
  auto client = f.follow();
  f.on_loop([&](event_stream& to) {
    for (const auto* text : {"data: 1\n\n", "data: 2\n\n", "data: 3\n\n"}) to.send(f.event(text));
  });
  CHECK(client.until("\r\n") == "1b\r\n");
  CHECK(client.until("\r\n") == "data: 1\n\ndata: 2\n\ndata: 3\n\n\r\n");
  CHECK(f.server->counted(metric::messages_sent) == 4);
}

TEST_CASE("a client that goes is noticed, before its stream begins and after") {
  for (const bool has_begun : {false, true}) {
    event_stream_case f;
    auto client = f.server->connect();
    client.send("GET /a/sse HTTP/1.1\r\nhost: a\r\n\r\n");
    f.stream = f.log.opened.get_future().get();
    if (has_begun) {
      f.send("data: first\n\n");
      client.until("\n\n");
    }
    client.hang_up();
    CHECK(f.log.closed.get_future().get() == kind::closed);
    f.send("data: late\n\n");
  }
}

TEST_CASE("a socket that refuses answers the request, and its connection continues") {
  event_stream_case f;
  f.log.at_open = [](event_stream& to) {
    to.refuse(http_response::json(403, {{"reason", "no"}}));
    to.send(event_stream_case::event("data: late\n\n"));
  };
  auto client = f.server->connect();
  const auto answer = client.ask("GET /a/sse HTTP/1.1\r\nhost: a\r\norigin: http://a\r\n\r\n");
  CHECK(status_of(answer) == "403");
  CHECK(body_of(answer) == R"({"reason":"no"})");
  CHECK(has_field(answer, "access-control-allow-origin: http://a"));
  CHECK(f.log.closed.get_future().get() == kind::closed);
  CHECK(status_of(client.get("/none")) == "404");
}

TEST_CASE("a socket that closes ends the stream in order, after its last events") {
  event_stream_case f;
  auto client = f.follow();
  f.on_loop([&](event_stream& to) {
    to.send(f.event("data: last\n\n"));
    to.close(close_code::normal, kind::normal);
    to.send(f.event("data: late\n\n"));
  });
  CHECK(f.log.closed.get_future().get() == kind::normal);
  CHECK(client.until("\r\n0\r\n\r\n") == "c\r\ndata: last\n\n\r\n0\r\n\r\n");
  CHECK(status_of(client.get("/none")) == "404");
}

TEST_CASE("a stream that is closed before its first event is empty, so that an EventSource comes again") {
  event_stream_case f;
  f.log.at_open = [](event_stream& to) { to.close(close_code::going_away, kind::disconnected); };
  auto client = f.server->connect();
  client.send("GET /a/sse HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(client.until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(client.until("0\r\n\r\n") == "0\r\n\r\n");
  CHECK(f.log.closed.get_future().get() == kind::disconnected);
}

TEST_CASE("a server that drains ends its streams in order, those that have not begun too") {
  for (const bool has_begun : {false, true}) {
    event_stream_case f;
    auto client = f.server->connect();
    client.send("GET /a/sse HTTP/1.1\r\nhost: a\r\n\r\n");
    f.stream = f.log.opened.get_future().get();
    if (has_begun) f.send("data: first\n\n");
    auto all = std::async(std::launch::async, [&] { return client.rest(); });
    f.server->running->drain();
    CHECK(all.get().ends_with("0\r\n\r\n"));
    CHECK(f.log.closed.get_future().get() == kind::shutdown);
  }
}

TEST_CASE("event_stream_comment_interval: a quiet stream gets comments") {
  event_stream_case f{[](bennu::limits& l) { l.event_stream_comment_interval = 20ms; }};
  auto client = f.follow();
  for (int i = 0; i < 3; ++i) CHECK(client.until("\n\n\r\n") == "3\r\n:\n\n\r\n");
}

TEST_CASE(
    "max_outbox_bytes: a client that does not read is disconnected as too slow, and told what it has missed by its "
    "next request") {
  event_stream_case f{[](bennu::limits& l) {
    l.max_outbox_bytes = 1'000'000;
    l.request_timeout = 100ms;
  }};
  auto client = f.follow();
  const auto large = "data: " + std::string(100'000, 'x') + "\n\n";
  auto closed = f.log.closed.get_future();
  while (closed.wait_for(0s) != std::future_status::ready) f.send(large);
  CHECK(closed.get() == kind::overloaded);
}

TEST_CASE("a socket learns when its client has got everything") {
  event_stream_case f;
  auto client = f.follow();
  const auto large = "data: " + std::string(3'000'000, 'x') + "\n\n";
  f.on_loop([&](event_stream& to) {
    to.send(f.event(large));
    to.await_sent();
  });
  auto caught_up = f.log.caught_up.get_future();
  std::string got;
  while (got.size() < large.size()) {
    client.until("\r\n");
    got += client.until("\r\n");
    got.resize(got.size() - 2);
  }
  CHECK(got == large);
  caught_up.wait();
}

TEST_CASE("a client with HTTP/1.0 gets the events without chunks") {
  event_stream_case f;
  auto client = f.server->connect();
  client.send("GET /a/sse HTTP/1.0\r\n\r\n");
  f.stream = f.log.opened.get_future().get();
  f.send("data: first\n\n");
  f.on_loop([](event_stream& to) { to.close(close_code::normal, kind::normal); });
  const auto all = client.rest();
  CHECK(has_field(all, "connection: close"));
  CHECK(body_of(all) == "data: first\n\n");
}

TEST_CASE("a server that stops cuts its streams") {
  event_stream_case f;
  auto client = f.follow();
  f.stream = nullptr;
  f.server->stop();
  CHECK(client.rest().empty());
  CHECK(f.log.closed.get_future().get() == kind::closed);
}
