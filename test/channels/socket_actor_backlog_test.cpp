// Messages that wait for a join or a job: from a limit on, the client is not read.
#include <string>
#include <vector>

#include "busy_room.hpp"

using namespace busy;

TEST_CASE_FIXTURE(channel_case, "a client that floods a join in progress is not read until half of it is handled") {
  limits().max_waiting_messages = 4;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  std::vector<push_ref> pings;
  for (int i = 0; i < 20; ++i) pings.push_back(room.push_in("ping"));
  settle();
  CHECK(counted(metric::pauses) == 1);
  CHECK(counted(metric::paused_sockets) == 1);
  CHECK(counted(metric::messages_received) == 5);

  release_jobs();
  settle();
  for (const auto& ping : pings) CHECK(room.reply_to(ping) == reply(bennu::ok));
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case, "a client whose messages are large is not read any more after few of them") {
  limits().max_waiting_bytes = 10'000;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  std::vector<push_ref> pings;
  for (int i = 0; i < 20; ++i) pings.push_back(room.push_in("ping", {{"pad", std::string(3'000, 'x')}}));
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  CHECK(counted(metric::messages_received) == 5);

  release_jobs();
  settle();
  for (const auto& ping : pings) CHECK(room.reply_to(ping) == reply(bennu::ok));
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case,
                  "a client that floods a channel whose job runs is not read until half of it is handled") {
  limits().max_waiting_messages = 4;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  std::vector<push_ref> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(room.push_in("slow"));
    all.push_back(room.push_in("ping"));
  }
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  CHECK(counted(metric::messages_received) < 10);
  CHECK_FALSE(room.ended());

  release_jobs();
  settle();
  for (const auto& push : all) CHECK(room.reply_to(push) == reply(bennu::ok));
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case, "a client that is not read is not taken for idle, and costs the others nothing") {
  limits().max_waiting_messages = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  for (int i = 0; i < 5; ++i) room.push_in("ping");
  settle();
  advance(10min);
  CHECK(ana.is_open());
  const auto bob = connect<user_socket>().join("room:1");
  bob.assert_reply(bob.push_in("ping"), bennu::ok);
  release_jobs();
  settle();
  CHECK(room.at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a channel that ends while messages wait for it gives their places back") {
  limits().max_waiting_messages = 4;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  for (int i = 0; i < 10; ++i) room.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  room.kill();
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  CHECK(ana.join("room:2").at() == state::joined);
  release_jobs();
}

TEST_CASE_FIXTURE(channel_case, "a client that goes away while it is not read leaves nothing behind") {
  limits().max_waiting_messages = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  for (int i = 0; i < 5; ++i) room.push_in("ping");
  settle();
  ana.cut();
  release_jobs();
  settle();
  room.assert_ended(exit_reason::kind::closed);
  CHECK(counted(metric::paused_sockets) == 0);
  CHECK(counted(metric::sockets) == 0);
  CHECK(counted(metric::channels) == 0);
}

TEST_CASE_FIXTURE(channel_case, "a client is read again when exactly half of the limit waits") {
  limits().max_waiting_messages = 4;
  const auto ana = connect<user_socket>();
  hold_jobs();
  std::vector<client_channel> rooms;
  for (int i = 1; i <= 4; ++i) {
    rooms.push_back(ana.join("room:" + std::to_string(i)));
    rooms.back().push_in("slow");
  }
  settle();
  for (const auto& room : rooms) room.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  rooms[0].kill();
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  rooms[1].kill();
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  release_jobs();
}

TEST_CASE_FIXTURE(channel_case, "a client of which one message may wait is read again when none does") {
  limits().max_waiting_messages = 1;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  const auto ping = room.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  release_jobs();
  room.assert_reply(ping, bennu::ok);
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case, "messages for a channel that has ended by itself do not count as waiting") {
  limits().max_waiting_messages = 3;
  const auto ana = connect<user_socket>();
  const auto other = ana.join("room:other");
  for (int i = 0; i < 4; ++i) {
    const auto leaving = ana.join("room:leaving");
    const auto stopping = ana.join("room:stopping");
    // All of it arrives at once: the second room stops within the turn in which the last push is routed to it.
    stopping.push_in("stop_later");
    leaving.leave();
    stopping.push_in("ping");
    settle();
  }
  CHECK(counted(metric::paused_sockets) == 0);
  other.assert_reply(other.push_in("ping"), bennu::ok);
}
