#include <bennu/runtime/loop_timer.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using bennu::loop_timer;
using bennu::timer_queue;
using namespace std::chrono_literals;

namespace {

using time_point = timer_queue::time_point;

time_point at(std::chrono::nanoseconds time) { return time_point{time}; }

void run_until(timer_queue& timers, time_point now) {
  while (timers.run_one(now)) {
  }
}

}  // namespace

TEST_CASE("timers run in the order of their times, those of the same time in the order they were added") {
  timer_queue timers;
  std::string order;
  const auto c = timers.add(at(3s), [&] { order += 'c'; });
  const auto a = timers.add(at(1s), [&] { order += 'a'; });
  const auto b1 = timers.add(at(2s), [&] { order += '1'; });
  const auto b2 = timers.add(at(2s), [&] { order += '2'; });
  CHECK(timers.next_due() == at(1s));
  run_until(timers, at(2s));
  CHECK(order == "a12");
  CHECK_FALSE(b2.is_pending());
  CHECK(c.is_pending());
  run_until(timers, at(3s));
  CHECK(order == "a12c");
  CHECK(timers.next_due() == std::nullopt);
}

TEST_CASE("a timer that is cancelled, destroyed or assigned to does not run, and its task is destroyed at once") {
  timer_queue timers;
  const auto held = std::make_shared<int>(0);
  auto cancelled = timers.add(at(1s), [held] { ++*held; });
  cancelled.cancel();
  CHECK(held.use_count() == 1);
  cancelled.cancel();
  {
    const auto destroyed = timers.add(at(1s), [held] { ++*held; });
  }
  CHECK(held.use_count() == 1);
  auto replaced = timers.add(at(1s), [held] { ++*held; });
  replaced = timers.add(at(2s), [held] { *held += 10; });
  CHECK(held.use_count() == 2);
  CHECK(timers.size() == 1);
  run_until(timers, at(2s));
  CHECK(*held == 10);
  CHECK(held.use_count() == 1);
}

TEST_CASE("a timer can be moved, and belongs to the object that it was moved to") {
  timer_queue timers;
  int ran = 0;
  auto first = timers.add(at(1s), [&] { ++ran; });
  auto second = std::move(first);
  CHECK(second.is_pending());
  first.cancel();  // NOLINT(bugprone-use-after-move): it has no timer now
  CHECK(second.is_pending());
  std::vector<loop_timer> many;
  many.push_back(std::move(second));
  for (int i = 0; i < 100; ++i) many.emplace_back();
  run_until(timers, at(1s));
  CHECK(ran == 1);
  CHECK_FALSE(many.front().is_pending());
}

TEST_CASE("a task may set its own timer again, cancel others, and destroy the object that has its timer") {
  struct owner {
    loop_timer timer;
    std::string marks;
  };
  timer_queue timers;
  std::optional<owner> who{std::in_place};
  auto other = timers.add(at(2s), [&] { who->marks += 'x'; });
  who->timer = timers.add(at(1s), [&] {
    CHECK_FALSE(who->timer.is_pending());
    who->marks += 'a';
    other.cancel();
    who->timer = timers.add(at(2s), [&] {
      CHECK(who->marks == "a");
      who.reset();
    });
  });
  run_until(timers, at(2s));
  CHECK_FALSE(who);
  CHECK(timers.size() == 0);
}

TEST_CASE("a timer that outlives its queue is not pending any more, and its task is destroyed") {
  const auto held = std::make_shared<int>(0);
  loop_timer outliving;
  {
    timer_queue timers;
    outliving = timers.add(at(1s), [held] {});
  }
  CHECK_FALSE(outliving.is_pending());
  CHECK(held.use_count() == 1);
  outliving.cancel();
}

TEST_CASE("timers that are added and cancelled in any order run when they are due, and in order") {
  std::mt19937 random{7};
  timer_queue timers;
  struct one {
    loop_timer timer;
    time_point due;
    bool cancelled = false;
    bool ran = false;
  };
  std::vector<std::unique_ptr<one>> all;
  time_point latest{};
  std::uint64_t now = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto dice = random() % 10;
    if (dice < 5) {
      auto& made = *all.emplace_back(std::make_unique<one>());
      made.due = time_point{std::chrono::nanoseconds{now + random() % 1000}};
      made.timer = timers.add(made.due, [&] {
        CHECK_FALSE(made.cancelled);
        CHECK_FALSE(made.ran);
        CHECK(made.due >= latest);
        latest = made.due;
        made.ran = true;
      });
    } else if (dice < 8 && !all.empty()) {
      auto& chosen = *all[random() % all.size()];
      chosen.timer.cancel();
      if (!chosen.ran) chosen.cancelled = true;
    } else {
      now += random() % 50;
      run_until(timers, time_point{std::chrono::nanoseconds{now}});
    }
  }
  run_until(timers, time_point::max());
  CHECK(timers.size() == 0);
  CHECK(std::all_of(all.begin(), all.end(), [](const auto& o) { return o->ran != o->cancelled; }));
}
