#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/long_poll_session.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

/// A session of a client that polls, with a fake socket, in virtual time.
namespace bennu::testing::long_poll {

using namespace std::chrono_literals;

using status = long_poll_status;
using texts = std::vector<std::string>;
using kind = exit_reason::kind;

inline constexpr auto window = 10s;

/// The calls of the socket behind the session, and its actions.
struct socket_log {
  texts messages;
  std::vector<kind> closed;
  int caught_up = 0;
  std::vector<std::function<void()>> handled;  ///< called by the test if `slow`
  bool slow = false;
  std::function<void(std::string_view)> on_message;
  std::function<void()> on_closed;
};

class fake_socket final : public connection_handler {
public:
  explicit fake_socket(socket_log& log) : log_(log) {}

  void on_message(message_kind, std::string_view bytes) override {
    log_.messages.emplace_back(bytes);
    if (log_.on_message) log_.on_message(bytes);
  }
  void when_handled(std::function<void()> done) override {
    log_.slow ? log_.handled.push_back(std::move(done)) : done();
  }
  void on_caught_up() override { ++log_.caught_up; }
  void on_closed(kind why) override {
    log_.closed.push_back(why);
    if (log_.on_closed) log_.on_closed();
  }

private:
  socket_log& log_;
};

/// The answer to a request, once there is one.
struct answer {
  std::optional<bennu::long_poll_status> status;
  texts messages;
  std::function<void(bool)> delivered;
};

inline ref<long_poll_request> request_into(const std::shared_ptr<answer>& to) {
  return make_ref<long_poll_request>([to](auto s, auto messages, auto on_delivered) {
    CHECK_FALSE(to->status);
    to->status = s;
    for (const auto& m : messages) to->messages.emplace_back(m->payload());
    to->delivered = std::move(on_delivered);
  });
}

inline bennu::limits small_limits() {
  bennu::limits l;
  l.max_outbox_bytes = 100;
  l.max_outbox_messages = 5;
  l.shed_outbox_messages = 3;
  return l;
}

/// An I/O thread that counts how often an actor of it is woken.
class counting_host final : public actor_host {
public:
  using actor_host::actor_host;
  void exec_later(caf::resumable* resumable) override {
    ++wakeups;
    actor_host::exec_later(resumable);
  }
  int wakeups = 0;
};

/// A session on a loop whose turns and time are the test's.
struct session_case {
  caf::actor_system_config config;
  caf::actor_system system{prepare(config)};
  event_loop loop{0, event_loop::clock_source::manual};
  event_loop::scope on_loop{loop};
  counting_host host{system, loop};
  caf::actor_config placement{&host};
  socket_log socket;
  bennu::limits limits = small_limits();
  metrics counts{{}};
  ref<long_poll_connection> to = make_ref<long_poll_connection>(&loop, limits);
  int ended = 0;
  caf::actor session = system.spawn_impl<long_poll_session, caf::no_spawn_options>(
      placement, long_poll_session::context{limits, counts, logger{log_level::error, [](auto, auto) {}}}, to,
      std::make_unique<fake_socket>(socket), std::function<void()>{[this] { ++ended; }});

  static caf::actor_system_config& prepare(caf::actor_system_config& c) {
    c.set("scheduler.policy", caf::atom("testing"));
    return c;
  }

  session_case() { settle(); }
  ~session_case() {
    tell(long_poll_session::end{});
    CHECK(ended == 1);
    CHECK(socket.closed.size() == 1);
  }

  void settle() {
    while (loop.has_posted() || host.run_actors()) {
      if (loop.has_posted()) loop.run_one_posted();
    }
  }
  void pass(event_loop::clock::duration time) {
    const auto until = loop.now() + time;
    for (auto due = loop.next_timer(); due && *due <= until; due = loop.next_timer()) {
      loop.set_time(std::max(*due, loop.now()));
      loop.run_one_timer();
      settle();
    }
    loop.set_time(until);
  }
  template <class T>
  void tell(T message) {
    caf::anon_send(session, std::move(message));
    settle();
  }
  std::shared_ptr<answer> poll() {
    auto result = std::make_shared<answer>();
    tell(long_poll_session::poll{request_into(result)});
    return result;
  }
  std::shared_ptr<answer> post(const texts& messages) {
    auto result = std::make_shared<answer>();
    std::vector<posted_message> all;
    for (const auto& m : messages) all.push_back({message_kind::text, m});
    tell(long_poll_session::publish{request_into(result), std::move(all)});
    return result;
  }
  void send(std::string_view payload) { to->send(frame::make(message_kind::text, payload)); }
  void deliver(const std::shared_ptr<answer>& a, bool delivered = true) {
    REQUIRE(a->delivered);
    a->delivered(delivered);
    settle();
  }
};

}  // namespace bennu::testing::long_poll
