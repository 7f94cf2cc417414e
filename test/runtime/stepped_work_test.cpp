#include <bennu/runtime/stepped_work.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::event_loop;
using bennu::stepped_work;

namespace {

void run_posted(event_loop& loop, std::size_t most) {
  for (std::size_t i = 0; i < most && loop.has_posted(); ++i) loop.run_one_posted();
}

}  // namespace

TEST_CASE("work is done one step a turn, and other tasks of the loop run in between") {
  event_loop loop{0};
  stepped_work work{loop};
  std::string order;
  work.add([&, left = 3]() mutable {
    order += 'a';
    return --left == 0;
  });
  run_posted(loop, 1);
  loop.post([&] { order += '.'; });
  run_posted(loop, 100);
  CHECK(order == "aa.a");
  CHECK_FALSE(loop.has_posted());
}

TEST_CASE("several pieces of work take turns, and only one step is due at a time") {
  event_loop loop{0};
  stepped_work work{loop};
  std::string order;
  for (const char name : {'a', 'b'}) {
    work.add([&order, name, left = 3]() mutable {
      order += name;
      return --left == 0;
    });
  }
  run_posted(loop, 100);
  CHECK(order == "aababb");
}

TEST_CASE("work that is added after all is done begins again") {
  event_loop loop{0};
  stepped_work work{loop};
  int steps = 0;
  for (int i = 0; i < 2; ++i) {
    work.add([&] { return ++steps > 0; });
    run_posted(loop, 100);
  }
  CHECK(steps == 2);
}
