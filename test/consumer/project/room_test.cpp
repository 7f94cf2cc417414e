// The user's own tests, with the test kit.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <bennu/channels/testing/channel_case.hpp>

#include "room_channel.hpp"

TEST_CASE_FIXTURE(bennu::testing::channel_case, "a new_msg reaches every member of the room") {
  auto ana = join<room_channel>("room:lobby");
  auto bob = join<room_channel>("room:lobby");

  ana.push_in("new_msg", message{"hi"});
  settle();

  REQUIRE(!bob.received().empty());
  CHECK(bob.received().back() == bennu::testing::push{"room:lobby", "new_msg", {{"body", "hi"}}});
}
