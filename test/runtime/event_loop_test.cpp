#include <bennu/runtime/event_loop.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using bennu::event_loop;
using namespace std::chrono_literals;

namespace {

struct socket_pair {
  socket_pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0); }
  ~socket_pair() {
    close(fds[0]);
    close(fds[1]);
  }
  int fds[2];
};

struct recorder final : event_loop::watcher {
  explicit recorder(std::function<void(std::uint32_t)> f) : record(std::move(f)) {}
  void on_ready(std::uint32_t events) override { record(events); }
  std::function<void(std::uint32_t)> record;
};

struct note final : event_loop::deferred {
  note(std::string& to, char c) : log(to), mark(c) {}
  void at_turn_end() override { log += mark; }
  std::string& log;
  char mark;
};

}  // namespace

TEST_CASE("tasks run in the order they were posted, on the loop's thread, from any thread") {
  event_loop loop{0};
  std::string order;
  std::thread::id ran_on;
  std::thread poster{[&] {
    for (const char c : {'a', 'b', 'c'}) loop.post([&order, c] { order += c; });
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      CHECK(event_loop::current() == &loop);
      loop.stop();
    });
  }};
  loop.run(nullptr);
  poster.join();
  CHECK(order == "abc");
  CHECK(ran_on == std::this_thread::get_id());
  CHECK(event_loop::current() == nullptr);
}

TEST_CASE("deferred work runs at the end of the turn, and so does work that is deferred during that end") {
  event_loop loop{0};
  std::string order;
  note first{order, '1'};
  struct deferring final : event_loop::deferred {
    deferring(event_loop& l, note& n) : loop(l), next(n) {}
    void at_turn_end() override { loop.defer(next); }
    event_loop& loop;
    note& next;
  } second{loop, first};
  loop.post([&] {
    loop.defer(second);
    order += 't';
  });
  loop.post([&] {
    order += 'u';
    loop.stop();
  });
  loop.run(nullptr);
  CHECK(order == "tu1");
}

TEST_CASE("much deferred work leaves room for other things, and is done before the loop ends") {
  event_loop loop{0};
  std::string log;
  std::size_t when_others_ran = 0;
  struct noting final : event_loop::deferred {
    void at_turn_end() override { then(); }
    std::function<void()> then;
  } first;
  first.then = [&] { loop.post([&] { when_others_ran = log.size(); }); };
  note other{log, 'x'};
  constexpr std::size_t much = 10'000;
  loop.post([&] {
    loop.defer(first);
    for (std::size_t i = 0; i < much; ++i) loop.defer(other);
    loop.post([&] { loop.stop(); });
  });
  loop.run(nullptr);
  CHECK(when_others_ran < much);
  CHECK(log.size() == much);
}

TEST_CASE("a watcher is called for readable bytes, and not after it is unwatched in the same turn") {
  event_loop loop{0};
  socket_pair a;
  socket_pair b;
  int heard = 0;
  recorder* other = nullptr;
  // Whichever is told first unwatches the other: both are readable in the same turn.
  recorder first{[&](std::uint32_t events) {
    CHECK((events & EPOLLIN) != 0);
    ++heard;
    loop.unwatch(b.fds[0], *other);
    loop.unwatch(a.fds[0], first);
    loop.stop();
  }};
  recorder second{[&](std::uint32_t) {
    ++heard;
    loop.unwatch(a.fds[0], first);
    loop.unwatch(b.fds[0], *other);
    loop.stop();
  }};
  other = &second;
  REQUIRE(write(a.fds[1], "x", 1) == 1);
  REQUIRE(write(b.fds[1], "x", 1) == 1);
  REQUIRE(loop.watch(a.fds[0], EPOLLIN, first));
  REQUIRE(loop.watch(b.fds[0], EPOLLIN, second));
  loop.run(nullptr);
  CHECK(heard == 1);
}

TEST_CASE("a task that throws has run; those behind it run when the loop runs again") {
  event_loop loop{0};
  std::string order;
  loop.post([&] { order += 'a'; });
  loop.post([&] {
    order += 'b';
    throw std::runtime_error("b");
  });
  loop.post([&] { order += 'c'; });
  loop.post([&] { loop.stop(); });
  CHECK_THROWS_WITH(loop.run(nullptr), "b");
  CHECK(order == "ab");
  loop.run(nullptr);
  CHECK(order == "abc");
}

TEST_CASE("timers run on their loop in the order of their times, and cancelled ones do not") {
  event_loop loop{0};
  std::string order;
  const auto last = loop.after(3ms, [&] {
    order += 'c';
    loop.stop();
  });
  const auto first = loop.after(1ms, [&] { order += 'a'; });
  auto cancelled = loop.after(1ms, [&] { order += 'x'; });
  const auto second = loop.after(2ms, [&] { order += 'b'; });
  cancelled.cancel();
  loop.run(nullptr);
  CHECK(order == "abc");
}

TEST_CASE("the time of a loop with a manual clock is the time that was set") {
  event_loop loop{0, event_loop::clock_source::manual};
  const event_loop::clock::time_point start{10s};
  loop.set_time(start);
  int fired = 0;
  auto timer = loop.after(1h, [&] { ++fired; });
  CHECK(loop.next_timer() == start + 1h);
  loop.set_time(start + 1h - 1ns);
  CHECK_FALSE(loop.run_one_timer());
  loop.set_time(start + 1h);
  CHECK(loop.now() == start + 1h);
  CHECK(loop.coarse_now() == start + 1h);
  CHECK(loop.run_one_timer());
  CHECK(fired == 1);
  CHECK_FALSE(loop.run_one_timer());
  CHECK_FALSE(timer.is_pending());
}

TEST_CASE("a delay that means never does not overflow") {
  event_loop loop{0, event_loop::clock_source::manual};
  loop.set_time(event_loop::clock::time_point{10s});
  const auto never = loop.after(event_loop::clock::duration::max(), [] {});
  REQUIRE(loop.next_timer());
  CHECK(*loop.next_timer() > loop.now());
}
