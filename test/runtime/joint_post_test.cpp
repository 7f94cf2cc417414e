#include <bennu/runtime/joint_post.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using bennu::event_loop;
using bennu::joint_post;

namespace {

/// An event loop on a thread of its own.
struct running_loop {
  explicit running_loop(std::size_t index) : loop(index), thread([this] { loop.run(nullptr); }) {}
  ~running_loop() {
    loop.stop();
    thread.join();
  }
  event_loop loop;
  std::thread thread;
};

}  // namespace

TEST_CASE("tasks that are posted jointly run on their loops, and nothing else is needed for that") {
  running_loop first{0};
  running_loop second{1};
  std::promise<std::thread::id> on_first;
  std::promise<std::thread::id> on_second;
  joint_post both;
  both.add(first.loop, [&] { on_first.set_value(std::this_thread::get_id()); });
  both.add(second.loop, [&] { on_second.set_value(std::this_thread::get_id()); });
  std::string also;
  both.post([&] { also = "called"; });
  CHECK(also == "called");
  CHECK(on_first.get_future().get() == first.thread.get_id());
  CHECK(on_second.get_future().get() == second.thread.get_id());
}

TEST_CASE("a joint post without tasks still calls its function") {
  bool called = false;
  joint_post{}.post([&] { called = true; });
  CHECK(called);
}

TEST_CASE("no task of a joint post runs before all loops have theirs") {
  running_loop first{0};
  running_loop second{1};
  joint_post both;
  std::promise<bool> began;
  bool all_posted = false;  // set while the queues are locked, and read by a task
  both.add(first.loop, [&] { began.set_value(all_posted); });
  both.add(second.loop, [] {});
  both.post([&] { all_posted = true; });
  CHECK(began.get_future().get());
}

TEST_CASE("a task of a joint post that posts to another loop: its post runs after that loop's own task") {
  constexpr int rounds = 2'000;
  running_loop first{0};
  running_loop second{1};
  std::vector<int> seen;  // by the second loop
  std::promise<void> done;
  for (int i = 0; i < rounds; ++i) {
    joint_post both;
    both.add(first.loop, [&, i] { second.loop.post([&, i] { seen.push_back(-i - 1); }); });
    both.add(second.loop, [&, i] { seen.push_back(i + 1); });
    both.post([] {});
  }
  first.loop.post([&] { second.loop.post([&] { done.set_value(); }); });
  done.get_future().wait();
  std::vector<bool> had_cause(rounds + 1, false);
  bool in_order = true;
  for (const int one : seen) {
    if (one > 0) had_cause[static_cast<std::size_t>(one)] = true;
    if (one < 0) in_order = in_order && had_cause[static_cast<std::size_t>(-one)];
  }
  CHECK(seen.size() == 2 * rounds);
  CHECK(in_order);
}
