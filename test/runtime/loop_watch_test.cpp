#include <bennu/runtime/loop_watch.hpp>

#include <array>
#include <cerrno>
#include <functional>
#include <utility>

#include <bennu/runtime/unique_fd.hpp>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bennu;

namespace {

struct socket_pair {
  socket_pair() {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    near = unique_fd{ends[0]};
    far = unique_fd{ends[1]};
  }
  void send() const { REQUIRE(write(far.get(), "x", 1) == 1); }
  unique_fd near;
  unique_fd far;
};

struct recorder final : event_loop::watcher {
  explicit recorder(event_loop& l) : loop(l) {}
  void on_ready(std::uint32_t now) override {
    events |= now;
    if (then) then();
  }
  /// The events of the loop's next turn.
  std::uint32_t next() {
    events = 0;
    loop.post([this] { loop.post([this] { loop.stop(); }); });
    loop.run(nullptr);
    return std::exchange(events, 0);
  }
  event_loop& loop;
  std::uint32_t events = 0;
  std::function<void()> then;
};

/// A loop cannot run again after `stop`, so each test has one turn of one loop.
std::uint32_t events_of_one_turn(const socket_pair& pair, const std::function<void(loop_watch&)>& prepare) {
  event_loop loop{0};
  recorder receiver{loop};
  loop_watch watch{loop, receiver};
  prepare(watch);
  pair.send();
  return receiver.next();
}

}  // namespace

TEST_CASE("a watch reports the events that it was last set to") {
  const socket_pair pair;
  CHECK(events_of_one_turn(pair, [&](loop_watch& w) { w.set(pair.near.get(), EPOLLIN); }) == EPOLLIN);
  CHECK(events_of_one_turn(pair, [&](loop_watch& w) {
          w.set(pair.near.get(), EPOLLIN);
          w.set(pair.near.get(), EPOLLOUT);
        }) == EPOLLOUT);
  CHECK(events_of_one_turn(pair, [&](loop_watch& w) {
          w.set(pair.near.get(), EPOLLIN);
          w.set(pair.near.get(), 0);
          CHECK(w.events() == 0);
        }) == 0);
  CHECK(events_of_one_turn(pair, [&](loop_watch& w) {
          w.set(pair.near.get(), EPOLLIN);
          w.end();
          w.set(pair.near.get(), EPOLLOUT);
        }) == EPOLLOUT);
}

TEST_CASE("a watch that is set to another descriptor leaves the first one") {
  const socket_pair first;
  const socket_pair second;
  event_loop loop{0};
  recorder receiver{loop};
  loop_watch watch{loop, receiver};
  REQUIRE(watch.set(first.near.get(), EPOLLIN));
  REQUIRE(watch.set(second.near.get(), EPOLLIN | EPOLLOUT));
  first.send();
  CHECK(receiver.next() == EPOLLOUT);
}

TEST_CASE("a watch that is destroyed reports no event of the same turn") {
  const socket_pair first;
  const socket_pair second;
  event_loop loop{0};
  int calls = 0;
  std::array<std::unique_ptr<loop_watch>, 2> watches;
  // Either of the two is called first, and ends both watches.
  const auto end_both = [&] {
    ++calls;
    for (auto& each : watches) each.reset();
  };
  recorder a{loop};
  recorder b{loop};
  a.then = b.then = end_both;
  watches[0] = std::make_unique<loop_watch>(loop, a);
  watches[1] = std::make_unique<loop_watch>(loop, b);
  REQUIRE(watches[0]->set(first.near.get(), EPOLLIN));
  REQUIRE(watches[1]->set(second.near.get(), EPOLLIN));
  first.send();
  second.send();
  a.next();
  CHECK(calls == 1);
}

TEST_CASE("a watch that the kernel refuses is none") {
  event_loop loop{0};
  recorder receiver{loop};
  loop_watch watch{loop, receiver};
  CHECK_FALSE(watch.set(-1, EPOLLIN));
  CHECK(errno == EBADF);
  CHECK(watch.events() == 0);
}
