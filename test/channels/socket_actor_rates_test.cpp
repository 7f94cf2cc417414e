// Rates: messages that a client sends too soon.
#include <string>

#include "busy_room.hpp"

using namespace busy;

namespace {

payload too_fast(int ms) { return {{"reason", "rate limited"}, {"retry_after", ms}}; }

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a client that pushes too often to a channel gets the time to wait") {
  limits().max_channel_rate = 10;
  limits().max_channel_burst = 3;
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto other = ana.join("room:2");
  for (int i = 0; i < 3; ++i) room.assert_reply(room.push_in("ping"), bennu::ok);
  room.assert_reply(room.push_in("ping"), bennu::error, too_fast(100));
  other.assert_reply(other.push_in("ping"), bennu::ok);
  CHECK(counted(metric::pushes_refused) == 1);

  advance(40ms);
  room.assert_reply(room.push_in("ping"), bennu::error, too_fast(60));
  advance(60ms);
  room.assert_reply(room.push_in("ping"), bennu::ok);
  room.assert_reply(room.push_in("ping"), bennu::error, too_fast(100));
}

TEST_CASE_FIXTURE(channel_case, "a push without a ref that comes too soon is dropped and counted") {
  limits().max_channel_rate = 10;
  limits().max_channel_burst = 1;
  const auto ana = connect<user_socket>();
  ana.join("room:1");
  for (int i = 0; i < 3; ++i) ana.send_text(R"(["1",null,"room:1","ping",{}])");
  settle();
  CHECK(ana.frames().size() == 2);  // of the join, and of the first push
  CHECK(counted(metric::pushes_refused) == 2);
}

TEST_CASE_FIXTURE(
    channel_case,
    "all that a client sends counts for the socket, joins and heartbeats too; leaving is always possible") {
  limits().max_socket_rate = 1;
  limits().max_socket_burst = 3;
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto beat = ana.heartbeat();
  const auto ping = room.push_in("ping");
  settle();
  CHECK(ana.reply_to(beat) == reply(bennu::ok));
  CHECK(ana.reply_to(ping) == reply(bennu::ok));
  const auto refused = ana.heartbeat();
  settle();
  CHECK(ana.reply_to(refused) == reply(bennu::error, too_fast(1000)));
  CHECK(ana.assert_join_refused("room:2") == too_fast(1000));
  room.assert_reply(room.leave(), bennu::ok);
}

TEST_CASE_FIXTURE(channel_case, "malformed messages count for the rate too, if they are answered") {
  limits().max_socket_rate = 1;
  limits().max_socket_burst = 3;
  options().answer_malformed = true;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 5; ++i) ana.send_text("[");
  settle();
  CHECK(ana.frames().size() == 3);
  CHECK(counted(metric::messages_received) == 5);
  CHECK(counted(metric::pushes_refused) == 2);
  advance(1s);
  ana.send_text("[");
  settle();
  CHECK(ana.frames().size() == 4);
  CHECK(ana.is_open());
}

TEST_CASE_FIXTURE(channel_case, "a rate of 0 is no limit") {
  limits().max_socket_rate = limits().max_channel_rate = 0;
  limits().max_socket_burst = limits().max_channel_burst = 1;
  const auto room = connect<user_socket>().join("room:1");
  for (int i = 0; i < 100; ++i) room.assert_reply(room.push_in("ping"), bennu::ok);
}

TEST_CASE_FIXTURE(channel_case, "the payload of a message that comes too soon is not read") {
  limits().max_socket_rate = 1;
  limits().max_socket_burst = 1;
  const auto ana = connect<user_socket>();
  ana.heartbeat();
  settle();
  ana.send_text(R"(["1","2","room:1","ping",{"a":[this is no JSON]}])");
  settle();
  CHECK(ana.is_open());
  CHECK(ana.frames().back() ==
        R"(["1","2","room:1","phx_reply",{"status":"error","response":{"reason":"rate limited","retry_after":1000}}])");
  ana.send_text(R"(["1","3","room:1",7)");  // no message at all
  ana.assert_closed(bennu::close_code::internal_error);
}
