// The same without a test framework: a failed expectation is an exception.
#include <iostream>

#include <bennu/channels/testing/channel_test.hpp>

#include "room_channel.hpp"

int main() {
  try {
    bennu::testing::channel_test test;
    auto ana = test.join<room_channel>("room:lobby");
    ana.push_in("new_msg", message{"hi"});
    ana.assert_push("new_msg", {{"body", "hi"}});
    ana.assert_push("new_msg");
  } catch (const bennu::testing::failure& expected) {
    std::cout << expected.what();
    return 0;
  }
  std::cerr << "a second message was found, where there was one\n";
  return 1;
}
