// Channels that crash again and again, in the log too.
#include <algorithm>
#include <string>

#include "busy_room.hpp"

using namespace busy;

TEST_CASE_FIXTURE(channel_case, "a class that crashes again and again on one socket is left alone for a while") {
  limits().max_channel_crashes = 3;
  limits().channel_crash_period = 30s;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 3; ++i) {
    ana.join("room:1").push_in("crash");
    settle();
  }
  CHECK(ana.assert_join_refused("room:2") == payload{{"reason", "crashed too often"}, {"retry_after", 10'000}});
  CHECK(ana.join("other:1").at() == state::joined);
  CHECK(connect<user_socket>().join("room:1").at() == state::joined);
  CHECK(counted(metric::channel_crashes) == 3);
  CHECK(counted(metric::crash_loops) == 1);

  advance(10s);
  ana.join("room:1").push_in("crash");
  settle();
  ana.assert_join_refused("room:1");
  advance(1min);
  CHECK(ana.join("room:1").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a join that crashes does not count: its client tries less and less often by itself") {
  limits().max_channel_crashes = 2;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 10; ++i) ana.assert_join_refused("room:1", {{"crash", true}});
  CHECK(ana.join("room:1").at() == state::joined);
}

// -- in the log ------------------------------------------------------------------------------------------------------

namespace {

struct crash_log_case : channel_case {
  crash_log_case() {
    limits().max_channel_crashes = 10'000;
    limits().max_socket_rate = 0;
  }
  auto errors() const {
    return std::count_if(log().begin(), log().end(), [](const auto& line) { return line.starts_with("error: "); });
  }
};

}  // namespace

TEST_CASE_FIXTURE(crash_log_case, "a flood of crashes is summed up in the log") {
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 200; ++i) {
    ana.join("room:" + std::to_string(i)).push_in("crash");
    settle();
  }
  CHECK(errors() == bennu::logger::lines_a_window);
}

TEST_CASE_FIXTURE(crash_log_case,
                  "crashes are of one kind, though their texts quote clients, and hide no other class's") {
  const auto ana = connect<user_socket>();
  for (std::size_t i = 0; i < 2 * bennu::logger::max_kinds; ++i) {
    const auto text = std::to_string(i);
    ana.join("room:" + text).push_in("event " + text);
    settle();
  }
  CHECK(errors() == bennu::logger::lines_a_window);

  ana.join("other:1").push_in("event");
  settle();
  CHECK(log().back().ends_with("channel other:1 crashed: no such event: event"));
}
