// Clients of several threads.
#include "history_case.hpp"

#include <bennu/channels/testing/explore.hpp>

using namespace history_tests;

TEST_CASE("clients of several threads see one order") {
  explore<channel_case>(200, [](channel_case& test) {
    std::vector<reader> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back(test.connect<log_socket>());
      clients.back().join(positions_only);
    }
    for (int n = 0; n < 20; ++n) {
      auto& one = clients[test.random(clients.size())];
      one.channel->push_in(test.random(3) == 0 ? "whisper" : "say", {{"n", n}});
      test.run_some();
    }
    test.settle();
    const auto first = clients[0].take();
    REQUIRE(first.size() == 20);
    for (std::size_t i = 1; i < clients.size(); ++i) REQUIRE(clients[i].take() == first);
  });
}
