#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/log.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/deflate.hpp>
#include <bennu/transport/internal/websocket_session.hpp>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu::testing::websocket {

using namespace std::chrono_literals;
using kind = bennu::exit_reason::kind;

/// The calls of a session's handler. The promise is fulfilled at the end.
struct heard {
  std::vector<std::string> messages;
  std::promise<kind> closed;
  std::promise<void> caught_up;
};

class recording_handler final : public bennu::connection_handler {
public:
  explicit recording_handler(heard& to) : to_(to) {}
  void on_message(message_kind, std::string_view bytes) override { to_.messages.emplace_back(bytes); }
  void when_handled(std::function<void()> done) override { done(); }
  void on_caught_up() override { to_.caught_up.set_value(); }
  void on_closed(kind why) override { to_.closed.set_value(why); }

private:
  heard& to_;
};

/// A session on a running loop, and the client's end of its connection.
class websocket_case {
public:
  explicit websocket_case(bool deflate = false, const std::function<void(bennu::limits&)>& change = {},
                          bennu::event_loop::clock_source clock = bennu::event_loop::clock_source::system)
      : loop(0, clock) {
    if (change) change(limits);
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    server = fds[0];
    client = fds[1];
    on_loop([&] {
      struct nobody final : bennu::event_loop::watcher {
        void on_ready(std::uint32_t) override {}
      };
      static nobody before;
      loop.watch(fds[0], 0, before);
      session = bennu::websocket_session::start(shard, bennu::stream{bennu::unique_fd{fds[0]}},
                                                std::move(*count.add("test")), limits, deflate, "hello");
      session->set_handler(std::make_unique<recording_handler>(said));
    });
    CHECK(receive(5) == "hello");
  }
  ~websocket_case() {
    close(client);
    count.await_none(10s);
    on_loop([&] { session = nullptr; });
    loop.stop();
    thread.join();
  }

  void on_loop(const std::function<void()>& action) {
    std::promise<void> done;
    loop.post([&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }

  /// A client's frame, masked with zeros.
  static std::string frame(int first, std::string_view payload) {
    REQUIRE(payload.size() < 126);
    std::string wire{static_cast<char>(first), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
    return wire.append(payload);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd p{client, POLLOUT, 0};
      REQUIRE(poll(&p, 1, 10'000) == 1);
      const auto n = write(client, bytes.data(), bytes.size());
      REQUIRE(n > 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Waits until the session has handled all that was sent to it, and has written all that was due.
  void settle() {
    for (int turn = 0; turn < 3; ++turn) on_loop([] {});
  }
  /// Lets time pass, with a manual clock: each timer has a turn of its own.
  void pass(bennu::event_loop::clock::duration time) {
    const auto until = loop.now() + time;
    for (bool more = true; more;) {
      on_loop([&] {
        const auto due = loop.next_timer();
        more = due && *due <= until;
        loop.set_time(more ? std::max(*due, loop.now()) : until);
        loop.run_one_timer();
      });
    }
    settle();
  }

  /// The next bytes from the server, or those that arrived until the end of the connection.
  std::string receive(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      pollfd p{client, POLLIN, 0};
      REQUIRE(poll(&p, 1, 10'000) == 1);
      std::array<char, 65536> part;
      const auto n = read(client, part.data(), std::min(part.size(), size - all.size()));
      if (n <= 0) break;
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
  std::string receive_rest() { return receive(SIZE_MAX); }

  static std::string close_frame(close_code code, std::string_view reason = {}) {
    const auto payload = bennu::close_payload(code, reason);
    return std::string{static_cast<char>(0x88), static_cast<char>(payload.size())} + payload;
  }

  bennu::limits limits;
  heard said;
  bennu::logger log{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};
  bennu::connection_count count{10, 10};
  bennu::event_loop loop;
  bennu::metrics counts{{&loop}};
  bennu::io_shard shard{loop, log, counts};
  std::thread thread{[this] { loop.run(nullptr); }};
  bennu::ref<bennu::websocket_session> session;
  int server = -1;
  int client = -1;
};

}  // namespace bennu::testing::websocket
