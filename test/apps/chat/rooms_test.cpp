#include <chat/rooms.hpp>

#include <set>
#include <thread>

#include <doctest/doctest.h>

namespace {

using chat::rooms;
using entrance = chat::rooms::entrance;
using names = std::vector<std::string>;

names bodies(const rooms& all, std::string_view room) {
  names result;
  for (const auto& m : all.messages(room)) result.push_back(m.body);
  return result;
}

TEST_CASE("a full room accepts no window until one has left") {
  rooms all{{.max_windows = 2}};
  all.enter("lobby");
  CHECK(all.enter("lobby") == entrance::open);
  CHECK(all.enter("lobby") == entrance::room_is_full);
  all.leave("lobby");
  CHECK(all.enter("lobby") == entrance::open);
}

TEST_CASE("the room that has been empty for the longest time makes place for a new one") {
  rooms all{{.max_rooms = 2}};
  all.enter("first");
  all.say("first", "Ana", "1", "in the first");
  all.enter("second");
  all.say("second", "Ana", "2", "in the second");
  CHECK(all.enter("third") == entrance::too_many_rooms);

  all.leave("second");
  all.leave("first");
  CHECK(all.enter("third") == entrance::open);
  CHECK(bodies(all, "second").empty());
  CHECK(bodies(all, "first") == names{"in the first"});
}

TEST_CASE("a room keeps its newest messages, numbered in their order") {
  rooms all{{.max_messages = 2}};
  all.enter("lobby");
  for (const auto* body : {"one", "two", "three"}) CHECK(all.say("lobby", "Ana", body, body).is_new);
  CHECK(bodies(all, "lobby") == names{"two", "three"});
  CHECK(all.messages("lobby").back().number == 3);
}

TEST_CASE("a message names its run of the rooms, which numbers messages independently") {
  rooms here;
  rooms there;
  for (auto* all : {&here, &there}) {
    all->enter("lobby");
    const auto said = all->say("lobby", "Ana", "1", "hello").kept;
    CHECK(said.number == 1);
    CHECK(said.run == all->run());
  }
  CHECK(here.run() != there.run());
}

TEST_CASE(
    "a message that is sent again under the same id is kept once, and the same id of another user is another message") {
  rooms all;
  all.enter("lobby");
  const auto first = all.say("lobby", "Ana", "1", "hello");
  const auto again = all.say("lobby", "Ana", "1", "hello");
  CHECK(first.is_new);
  CHECK_FALSE(again.is_new);
  CHECK(again.kept.number == first.kept.number);
  CHECK(all.say("lobby", "Boris", "1", "hello").is_new);
  CHECK(bodies(all, "lobby") == names{"hello", "hello"});
}

TEST_CASE("several threads may speak, enter and leave at once") {
  rooms all{{.max_messages = 1'000}};
  all.enter("lobby");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&all, t] {
      const auto name = "thread " + std::to_string(t);
      for (int i = 0; i < 50; ++i) {
        all.enter("lobby");
        all.say("lobby", name, std::to_string(i), "hello");
        all.leave("lobby");
      }
    });
  }
  threads.clear();
  std::set<std::uint64_t> numbers;
  for (const auto& m : all.messages("lobby")) numbers.insert(m.number);
  CHECK(numbers.size() == 200);
  CHECK(*numbers.rbegin() == 200);
}

}  // namespace
