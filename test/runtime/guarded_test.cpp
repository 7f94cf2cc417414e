#include <condition_variable>
#include <map>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>
#include <bennu/runtime/guarded.hpp>

using bennu::guarded;

TEST_CASE("a guarded value is constructed in place and reached through its lock") {
  guarded<std::string> text{3, 'x'};
  CHECK(*text.lock() == "xxx");
  text.lock()->append("y");
  CHECK(text.with([](const std::string& t) { return t.size(); }) == 4);
}

TEST_CASE("a constant guarded value is read only") {
  const guarded<int> number{7};
  CHECK(*number.lock() == 7);
  static_assert(std::is_const_v<std::remove_reference_t<decltype(*number.lock())>>);
}

TEST_CASE("threads that change a guarded value wait for each other") {
  constexpr int rounds = 10'000;
  guarded<std::map<int, int>> counts;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) ++(*counts.lock())[i % 3];
    });
  }
  threads.clear();
  int sum = 0;
  for (const auto& [key, count] : *counts.lock()) sum += count;
  CHECK(sum == 4 * rounds);
}

TEST_CASE("a lock that was given up early can be taken again") {
  guarded<int> number{1};
  auto first = number.lock();
  *first = 2;
  first.unlock();
  CHECK(*number.lock() == 2);
}

TEST_CASE("a thread waits for a condition of a guarded value without its lock") {
  guarded<bool> done{false};
  std::condition_variable changed;
  std::jthread other{[&] {
    *done.lock() = true;
    changed.notify_one();
  }};
  auto state = done.lock();
  state.wait(changed, [](bool is_done) { return is_done; });
  CHECK(*state);
}

TEST_CASE("a wait ends with its stop token") {
  const guarded<bool> never{false};
  std::condition_variable_any changed;
  std::stop_source source;
  std::jthread other{[&] { source.request_stop(); }};
  auto state = never.lock();
  CHECK_FALSE(state.wait(changed, source.get_token(), [](bool is_done) { return is_done; }));
}

TEST_CASE("several threads read a guarded value with a shared mutex at the same time") {
  const guarded<int, std::shared_mutex> number{5};
  const auto first = number.lock_shared();
  int seen = 0;
  std::jthread{[&] { seen = *number.lock_shared(); }}.join();  // would wait for ever with a lock of its own
  CHECK(seen == *first);
}
