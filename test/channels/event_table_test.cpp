#include <bennu/channels/event_table.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::event_table;

TEST_CASE("an event has at most one handler") {
  event_table<int> table;
  CHECK(table.empty());
  CHECK(table.add("news", 1));
  CHECK_FALSE(table.add("news", 2));
  REQUIRE(table.find("news") != table.end());
  CHECK(table.find("news")->second == 1);
  CHECK_FALSE(table.empty());
}

TEST_CASE("events are found among others of the same length, of other lengths, and of the same length modulo 64") {
  event_table<int> table;
  table.add("", 0);
  table.add("news", 1);
  table.add(std::string(68, 'x'), 2);
  CHECK(table.find("")->second == 0);
  CHECK(table.find("news")->second == 1);
  CHECK(table.find(std::string(68, 'x'))->second == 2);
  for (const auto& absent : {std::string{"new"}, std::string{"move"}, std::string(68, 'y'), std::string(64, 'x')}) {
    CHECK(table.find(absent) == table.end());
  }
}
