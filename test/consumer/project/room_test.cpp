// The user's own tests, with the test kit and doctest.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <bennu/channels/testing/channel_case.hpp>

#include "room_channel.hpp"

using namespace bennu::testing;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(channel_case, "a new_msg reaches every member of the room") {
  auto ana = join<room_channel>("room:lobby");
  auto bob = join<room_channel>("room:lobby");

  ana.push_in("new_msg", message{"hi"});

  ana.assert_push("new_msg", {{"body", "hi"}});
  bob.assert_push("new_msg", {{"body", "hi"}});
  bob.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "an empty message is refused, and so is a private room") {
  auto ana = join<room_channel>("room:lobby");
  ana.assert_reply(ana.push_in("new_msg", message{""}), bennu::error, {{"reason", "empty"}});
  ana.refute_push("new_msg");
  CHECK(socket().assert_join_refused<room_channel>("room:private") == bennu::payload{{"reason", "unauthorized"}});
}

TEST_CASE_FIXTURE(channel_case, "a member that sends nothing for an hour is removed") {
  auto ana = join<room_channel>("room:lobby");
  auto bob = join<room_channel>("room:lobby");
  advance(30min);
  ana.push_in("new_msg", message{"still here"});
  advance(30min);
  bob.assert_ended(bennu::normal);
  CHECK_FALSE(ana.ended());
  advance(30min);
  ana.assert_ended(bennu::normal);
}

TEST_CASE("each message arrives once, in any order of events, on each node") {
  explore<channel_case>(50, [](channel_case& test) {
    auto other = test.add_node("other");
    auto ana = test.join<room_channel>("room:lobby");
    auto bob = other.join<room_channel>("room:lobby");
    ana.push_in("new_msg", message{"hi"});
    bob.push_in("new_msg", message{"ho"});
    test.settle();
    for (const auto& room : {ana, bob}) {
      room.assert_push("new_msg", {{"body", "hi"}});
      room.assert_push("new_msg", {{"body", "ho"}});
      room.refute_pushes();
    }
  });
}
