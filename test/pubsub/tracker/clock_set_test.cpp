#include <bennu/pubsub/tracker/clock_set.hpp>

#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using bennu::clock_set;
using bennu::replica_clock;

TEST_CASE("a context begins with the first clock and ends before the first missing one") {
  clock_set seen;
  CHECK(seen.context() == 0);
  seen.insert(2, 3);
  CHECK(seen.context() == 0);
  seen.insert(1);
  CHECK(seen.context() == 3);
  seen.insert(5);
  CHECK(seen.context() == 3);
  CHECK(seen.highest() == 5);
}

TEST_CASE("a cloud becomes part of the context when the missing clocks arrive") {
  clock_set seen;
  seen.insert(1, 2);
  seen.insert(4, 5);
  seen.insert(3);
  CHECK(seen.context() == 5);
  CHECK(seen.ranges().size() == 1);
}

TEST_CASE("a clock set is the set of the inserted clocks, in any order") {
  const auto good = rc::check([](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& inserted) {
    clock_set actual;
    std::set<replica_clock> expected;
    for (const auto& [start, length] : inserted) {
      const replica_clock first = start % 40 + 1;
      const replica_clock last = first + length % 5;
      actual.insert(first, last);
      for (auto clock = first; clock <= last; ++clock) expected.insert(clock);
    }
    for (replica_clock clock = 1; clock < 50; ++clock) RC_ASSERT(actual.contains(clock) == expected.contains(clock));

    replica_clock context = 0;
    while (expected.contains(context + 1)) ++context;
    RC_ASSERT(actual.context() == context);
    RC_ASSERT(actual.highest() == (expected.empty() ? 0 : *expected.rbegin()));

    for (replica_clock first = 1; first < 50; first += 7) {
      for (replica_clock last = first - 1; last < 50; last += 5) {
        clock_set part;
        for (const auto clock : expected) {
          if (clock >= first && clock <= last) part.insert(clock);
        }
        RC_ASSERT(actual.within(first, last) == part);
      }
    }

    clock_set again;
    for (auto next = expected.rbegin(); next != expected.rend(); ++next) again.insert(*next);
    RC_ASSERT(again == actual);
  });
  CHECK(good);
}
