#include <chat/rooms.hpp>

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using chat::rooms;
using entrance = chat::rooms::entrance;

TEST_CASE("a full room accepts no window until one has left") {
  rooms all{{.max_windows = 2}};
  all.enter("lobby");
  CHECK(all.enter("lobby") == entrance::open);
  CHECK(all.enter("lobby") == entrance::room_is_full);
  all.leave("lobby");
  CHECK(all.enter("lobby") == entrance::open);
}

TEST_CASE("there is no further room until one is empty") {
  rooms all{{.max_rooms = 2}};
  all.enter("first");
  all.enter("first");
  all.enter("second");
  CHECK(all.enter("third") == entrance::too_many_rooms);
  all.leave("first");
  CHECK(all.enter("third") == entrance::too_many_rooms);
  all.leave("first");
  CHECK(all.enter("third") == entrance::open);
}

TEST_CASE("several threads may enter and leave at once") {
  rooms all{{.max_windows = 1}};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&all, name = "room " + std::to_string(t)] {
      for (int i = 0; i < 50; ++i) {
        all.enter(name);
        all.leave(name);
      }
    });
  }
  threads.clear();
  for (int t = 0; t < 4; ++t) CHECK(all.enter("room " + std::to_string(t)) == entrance::open);
}

}  // namespace
