#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/transport/event_stream.hpp>

#include "../plain_echo_route.hpp"
#include "routes_server.hpp"

namespace bennu::testing {

/// The calls of the socket behind an event stream, and its client.
struct stream_log {
  std::promise<ref<event_stream>> opened;
  std::promise<exit_reason::kind> closed;
  std::promise<void> caught_up;
  connect_info info;
  std::function<void(event_stream&)> at_open = [](event_stream&) {};
};

/// A socket whose event streams a test writes.
class stream_route final : public plain_echo_route {
public:
  stream_route(socket_options options, const bennu::limits& limits, stream_log& log)
      : plain_echo_route("/a", std::move(options), limits), log_(log) {}

  std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> connect_event_stream(
      const json& params, const connect_info& info) override {
    if (params.find("refuse") != nullptr) return http_refusal{429, "no"};
    log_.info = info;
    return std::make_unique<accepted>(log_);
  }

private:
  struct handler final : connection_handler {
    explicit handler(stream_log& to) : log(to) {}
    void on_message(message_kind, std::string_view) override { FAIL("an event stream brings no messages"); }
    void when_handled(std::function<void()> done) override { done(); }
    void on_caught_up() override { log.caught_up.set_value(); }
    void on_closed(exit_reason::kind why) override { log.closed.set_value(why); }
    stream_log& log;
  };
  struct accepted final : accepted_event_stream {
    explicit accepted(stream_log& to) : log(to) {}
    std::unique_ptr<connection_handler> open(const ref<event_stream>& to) override {
      log.at_open(*to);
      log.opened.set_value(to);
      return std::make_unique<handler>(log);
    }
    stream_log& log;
  };

  stream_log& log_;
};

/// A server with such a socket.
struct event_stream_case {
  explicit event_stream_case(const std::function<void(bennu::limits&)>& set = {}, socket_options options = {}) {
    bennu::limits limits;
    if (set) set(limits);
    options.event_stream = true;
    server.emplace([](http_routes&) {}, [&](server::options& o) { o.limits = limits; },
                   [&](bennu::server& to) { to.add(std::make_shared<stream_route>(options, limits, log)); });
  }

  static ref<const frame> event(std::string_view text) { return frame::control(text); }

  /// Runs `action` on the stream's thread, after all that is due there, and waits for it.
  void on_loop(const std::function<void(event_stream&)>& action) {
    std::promise<void> done;
    stream->home()->post([&] {
      action(*stream);
      done.set_value();
    });
    done.get_future().wait();
  }
  void send(std::string_view text) {
    on_loop([&](event_stream& to) { to.send(event(text)); });
  }

  /// A client that has got the head of its stream.
  http_client follow(std::string_view headers = {}) {
    auto client = server->connect();
    client.send("GET /a/sse HTTP/1.1\r\nhost: a\r\n" + std::string{headers} + "\r\n");
    stream = log.opened.get_future().get();
    send("data: first\n\n");
    head = client.until("\r\n\r\n");
    CHECK(client.until("\n\n\r\n") == "d\r\ndata: first\n\n\r\n");
    return client;
  }

  stream_log log;
  std::optional<routes_server> server;
  ref<event_stream> stream;
  std::string head;
};

}  // namespace bennu::testing
