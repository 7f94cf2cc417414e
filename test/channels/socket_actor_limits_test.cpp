#include <string>

#include "../allocation_limit.hpp"
#include "busy_room.hpp"

using namespace busy;

// -- joins ------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "joins beyond those that may be under way are refused") {
  limits().max_joins_in_flight = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.begin_join("room:1", slow);
  const auto second = ana.begin_join("room:2");
  first.push_in("ping");
  const auto third = ana.begin_join("room:3");
  settle();
  CHECK(third.join_reply() == reply(bennu::error, {{"reason", "too many joins at once"}}));
  CHECK(counted(metric::joins_refused) == 1);
  release_jobs();
  settle();
  CHECK(second.at() == state::joined);
  CHECK(ana.join("room:3").at() == state::joined);
}

// -- memory -----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a callback that gets no memory costs its own channel, and nothing else") {
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto other = ana.join("room:2");
  {
    const allocation_limit none{1 << 20};
    room.push_in("hoard");
    settle();
  }
  room.assert_ended(exit_reason::error("std::bad_alloc"));
  CHECK(counted(metric::failed_allocations) == 1);
  other.assert_reply(other.push_in("ping"), bennu::ok);
  CHECK(ana.join("room:1").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a broadcast without memory for its frame is missed, and harms no client") {
  const auto room = connect<user_socket>().join("room:1");
  // In JSON it is six times as long.
  pubsub().broadcast("room:1", "shout", {{"text", std::string(600'000, '\x01')}});
  {
    const allocation_limit none{2 << 20};
    settle();
  }
  CHECK(log().back() == "warning: a client of room:1 misses the broadcast \"shout\": there is no memory for it");
  room.refute_push("shout");
  room.assert_reply(room.push_in("ping"), bennu::ok);
}

// -- counters --------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "clients that are sent away are counted by the reason") {
  limits().max_json_depth = 4;
  for (const auto* bad : {"[", R"([null,"1","phoenix","heartbeat",[[[[]]]]])"}) {
    const auto ana = connect<user_socket>();
    ana.send_text(bad);
    settle();
    ana.assert_closed(bennu::close_code::internal_error);
  }
  CHECK(counted(metric::messages_rejected) == 2);

  const auto bob = connect<user_socket>();
  bob.stop_heartbeats();
  advance(limits().idle_timeout);
  bob.assert_closed(bennu::close_code::going_away);
  CHECK(counted(metric::connections_idle) == 1);
  CHECK(counted(metric::slow_clients_closed) == 0);
  CHECK(counted(metric::sockets) == 0);
}
