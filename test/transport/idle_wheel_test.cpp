#include <bennu/transport/internal/idle_wheel.hpp>

#include <chrono>
#include <optional>

#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

constexpr auto timeout = 320ms;
constexpr auto tick = timeout / 32;

struct quiet_item final : idle_wheel::item {
  event_loop::clock::time_point last_active() const noexcept override { return since; }
  void on_idle() override { ++found; }

  event_loop::clock::time_point since;
  int found = 0;
};

/// A loop whose time the test controls.
struct timed_loop {
  event_loop loop{0, event_loop::clock_source::manual};

  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 1ms) {
      loop.set_time(loop.now() + 1ms);
      while (loop.run_one_timer()) {
      }
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(timed_loop, "a connection is found once it was idle for the timeout, and leaves the wheel") {
  idle_wheel wheel{loop, timeout};
  quiet_item one;
  one.since = loop.now();
  wheel.add(one);
  pass(timeout - 1ms);
  CHECK(one.found == 0);
  CHECK(one.is_linked());
  pass(tick + 1ms);
  CHECK(one.found == 1);
  CHECK_FALSE(one.is_linked());
  pass(2 * timeout);
  CHECK(one.found == 1);
}

TEST_CASE_FIXTURE(timed_loop, "a connection that was active in the meantime has the timeout again") {
  idle_wheel wheel{loop, timeout};
  quiet_item one;
  one.since = loop.now();
  wheel.add(one);
  for (int i = 0; i < 10; ++i) {
    pass(timeout - 1ms);
    one.since = loop.now();
  }
  pass(timeout - 1ms);
  CHECK(one.found == 0);
  pass(tick + 1ms);
  CHECK(one.found == 1);
}

TEST_CASE_FIXTURE(timed_loop, "a connection that leaves the wheel is not found, and the others are") {
  idle_wheel wheel{loop, timeout};
  quiet_item one;
  quiet_item other;
  for (auto* item : {&one, &other}) {
    item->since = loop.now();
    wheel.add(*item);
  }
  one.unlink();
  pass(2 * timeout);
  CHECK(one.found == 0);
  CHECK(other.found == 1);
}

TEST_CASE_FIXTURE(timed_loop, "an empty wheel sets no timer, and neither does one that is destroyed") {
  std::optional<idle_wheel> wheel{std::in_place, loop, timeout};
  quiet_item one;
  one.since = loop.now();
  wheel->add(one);
  pass(2 * timeout);
  loop.set_time(loop.now() + 1h);
  CHECK_FALSE(loop.run_one_timer());

  one.since = loop.now();
  wheel->add(one);
  one.unlink();
  wheel.reset();
  loop.set_time(loop.now() + 1h);
  CHECK_FALSE(loop.run_one_timer());
}
