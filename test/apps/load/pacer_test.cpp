#include <load/pacer.hpp>

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

namespace {

using load::pacer;
using times = std::vector<load::clock::time_point>;
using namespace std::chrono_literals;

/// The times at which a pacer's calls were due.
times run(double per_second, std::uint64_t most) {
  bennu::event_loop loop{0};
  pacer p{loop};
  times due;
  p.start(per_second, most, [&](load::clock::time_point at) {
    CHECK(at <= load::clock::now());
    due.push_back(at);
    if (due.size() == most) loop.stop();
  });
  loop.run(nullptr);
  return due;
}

TEST_CASE("a pacer's calls are due at a steady rate, whenever they are made") {
  const auto due = run(100'000, 200);
  REQUIRE(due.size() == 200);
  for (std::size_t i = 1; i < due.size(); ++i) CHECK(abs(due[i] - due[0] - static_cast<std::int64_t>(i) * 10us) <= 1ns);
}

TEST_CASE("a pacer makes up for late calls, and passes the times at which they were due") {
  bennu::event_loop loop{0};
  pacer p{loop};
  times due;
  p.start(1'000'000, 1'000, [&](load::clock::time_point at) {
    // The first call takes as long as the time between a hundred calls.
    for (const auto until = at + 100us; due.empty() && load::clock::now() < until;) {
    }
    due.push_back(at);
    if (due.size() == 1'000) loop.stop();
  });
  loop.run(nullptr);
  REQUIRE(due.size() == 1'000);
  CHECK(abs(due.back() - due.front() - 999us) <= 1ns);
}

TEST_CASE("a pacer that was stopped calls no more, and can be started again") {
  bennu::event_loop loop{0};
  pacer p{loop};
  int calls = 0;
  p.start(1e6, 1'000, [&](load::clock::time_point) {
    if (++calls == 3) p.stop();
  });
  const auto restart = loop.after(2ms, [&] {
    CHECK(calls == 3);
    p.start(1e6, 1, [&](load::clock::time_point) {
      ++calls;
      loop.stop();
    });
  });
  loop.run(nullptr);
  CHECK(calls == 4);
}

}  // namespace
