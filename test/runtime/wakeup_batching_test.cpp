#include <bennu/runtime/internal/wakeup_batching.hpp>

#include <doctest/doctest.h>

namespace {

using bennu::wakeup_batching;
using namespace std::chrono_literals;

/// A loop that was woken at once, for one message each, in this number of consecutive turns.
wakeup_batching hurried(int turns) {
  wakeup_batching batching;
  for (int i = 0; i < turns; ++i) batching.note(500ns, 1, false);
  return batching;
}

TEST_CASE("a loop that is woken again and again for few events rests, as long as that gathers events") {
  CHECK_FALSE(hurried(20).is_due());
  auto batching = hurried(1'000);
  CHECK(batching.is_due());
  batching.note(500ns, 20, true);
  CHECK(batching.is_due());
  batching.note(500ns, 1, true);
  CHECK_FALSE(batching.is_due());
  batching.note(500ns, 1, false);
  CHECK_FALSE(batching.is_due());
}

TEST_CASE("a loop with idle time does not rest: it waited once") {
  auto batching = hurried(1'000);
  batching.note(200us, 1, false);
  CHECK_FALSE(batching.is_due());
}

TEST_CASE("an overloaded loop does not rest") {
  auto batching = hurried(1'000);
  batching.note(500ns, 500, true);
  CHECK_FALSE(batching.is_due());
  wakeup_batching busy;
  for (int i = 0; i < 1'000; ++i) busy.note(500ns, 50, false);
  CHECK_FALSE(busy.is_due());
}

}  // namespace
