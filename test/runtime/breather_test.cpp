#include <bennu/runtime/internal/breather.hpp>

#include <doctest/doctest.h>

namespace {

using bennu::breather;
using namespace std::chrono_literals;

/// A loop that was woken at once, for one message each, so many times in a row.
breather hurried(int turns) {
  breather b;
  for (int i = 0; i < turns; ++i) b.note(500ns, 1, false);
  return b;
}

TEST_CASE("a loop that is woken again and again for next to nothing rests, as long as that brings something") {
  CHECK_FALSE(hurried(20).is_due());
  auto b = hurried(1'000);
  CHECK(b.is_due());
  b.note(500ns, 20, true);
  CHECK(b.is_due());
  b.note(500ns, 1, true);
  CHECK_FALSE(b.is_due());
  b.note(500ns, 1, false);
  CHECK_FALSE(b.is_due());
}

TEST_CASE("a loop that has time does not rest: it waited once") {
  auto b = hurried(1'000);
  b.note(200us, 1, false);
  CHECK_FALSE(b.is_due());
}

TEST_CASE("a loop that has enough to do does not rest") {
  auto b = hurried(1'000);
  b.note(500ns, 500, true);
  CHECK_FALSE(b.is_due());
  breather busy;
  for (int i = 0; i < 1'000; ++i) busy.note(500ns, 50, false);
  CHECK_FALSE(busy.is_due());
}

}  // namespace
