#include <doctest/doctest.h>

#include <chrono>
#include <memory>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct quiet_item final : idle_wheel::item {
  event_loop::clock::time_point last_active() const noexcept override { return since; }
  void on_idle() override { found = true; }

  event_loop::clock::time_point since;
  bool found = false;
};

/// Runs the loop for two ticks of the shortest wheel.
void run_a_while(event_loop& loop) {
  loop.run_after(2ms, [&loop] { loop.stop(); });
  loop.run(nullptr);
}

}  // namespace

TEST_CASE("a connection that was idle for too long is found, and leaves the wheel") {
  event_loop loop{0};
  idle_wheel wheel{loop, 0ms};
  quiet_item one;
  one.since = loop.now();
  wheel.add(one);
  run_a_while(loop);
  CHECK(one.found);
  CHECK_FALSE(one.is_linked());
}

TEST_CASE("a wheel that goes leaves nothing on its loop, which runs on") {
  event_loop loop{0};
  quiet_item one;
  one.since = loop.now();
  {
    idle_wheel wheel{loop, 0ms};
    wheel.add(one);
    one.unlink();
  }
  run_a_while(loop);
  CHECK_FALSE(one.found);
}
