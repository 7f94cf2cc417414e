// Clients that read more slowly than they get what they missed.
#include "history_case.hpp"

using namespace history_tests;

TEST_CASE_FIXTURE(large_case, "a client that reads slowly gets the rest when it has read the first part") {
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  say_large(11, 12);
  broadcast("log:1", "whispered", {{"n", 13}});
  settle();
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 12) + "whispered13+ ");
}

TEST_CASE_FIXTURE(large_case, "what is not kept keeps its place, also while the client is behind") {
  auto bob = connect();
  bob.join({});
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  bob.channel->push_in("whisper", {{"n", 11}});
  settle();
  say_large(12, 12);
  bob.channel->push_in("whisper", {{"n", 13}});
  settle();
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 10) + "whispered11 said12+ whispered13 ");
}

TEST_CASE_FIXTURE(large_case, "a client that falls out of the history is told in that place") {
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  pubsub().history()->drop("log:1");
  say_large(11, 11);
  ana.socket.resume_reading();
  settle();
  const auto got = ana.take();
  REQUIRE(got.size() >= 3);
  const auto& lost = got[got.size() - 2];
  CHECK(lost.event == "$history");
  CHECK(lost.join_ref.is_null());
  CHECK(lost.payload == json{{"recovered", false}, {"reason", "expired"}, {"missed", nullptr}});
  CHECK(got.back().event == "said");
  auto again = connect();
  CHECK(again.join({{"since", lost.ref}})["recovered"] == json{true});
  CHECK(again.got() == "said11+ ");
}

TEST_CASE_FIXTURE(large_case, "a client does not get its own broadcast to others, also while it is behind") {
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  const auto channel = ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  channel.push_in("say_to_others", {{"n", 11}});
  settle();
  say_large(12, 12);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 10) + "said12+ ");
}

TEST_CASE_FIXTURE(small_case,
                  "nothing is dropped for a slow client with positions: its connection is closed, and it recovers") {
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.stop_reading();
  for (int n = 1; n <= 15; ++n) say(n, n);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.socket.closed_with() == bennu::close_code::try_again_later);
  ana.take();
  auto again = connect();
  again.since(ana);
  const auto got = again.take();
  REQUIRE_FALSE(got.empty());
  CHECK(got.back().payload == json{{"n", 15}});
  CHECK(counted(bennu::metric::messages_dropped) == 0);
}
