#include <bennu/runtime/internal/json_names.hpp>

#include <cstddef>
#include <string>

#include <doctest/doctest.h>

#include "parsed.hpp"

using bennu::json;

TEST_CASE("a parsed object has each name once: the last value, in the place of the first") {
  CHECK(parsed(R"({"a":1,"b":2,"a":3})").dump() == R"({"a":3,"b":2})");
  CHECK(parsed(R"([{"x":{"a":1,"a":{"b":0,"b":1}}}])").dump() == R"([{"x":{"a":{"b":1}}}])");
  CHECK(parsed(R"({"":1,"":2})").dump() == R"({"":2})");
  CHECK(parsed("{\"a\":1,\"\\u0061\":2}").dump() == R"({"a":2})");
  CHECK(parsed("{\"a\":1,\"a\\u0000\":2}").size() == 2);
  CHECK(json{{"a", 1}, {"a", 2}}.dump() == R"({"a":2})");
  // Few members and many are searched in different ways. Names may differ only at their end.
  for (const std::size_t count : {2U, 8U, 9U, 63U, 64U, 65U, 100U}) {
    for (const auto* beginning : {"", "a long beginning in common "}) {
      for (std::size_t twice = 0; twice < count; ++twice) {
        json::object members;
        for (std::size_t i = 0; i < count; ++i) members.push_back({beginning + std::to_string(i), i});
        members.push_back({beginning + std::to_string(twice), "last"});
        const json built{std::move(members)};
        const auto once = parsed(built.dump());
        REQUIRE(once.size() == count);
        CHECK((*once.if_object())[twice].value == json{"last"});
      }
    }
  }
}

TEST_CASE("a member given three times and more is there once") {
  std::string text = "{";
  for (int i = 0; i < 1'000; ++i) text += "\"a\":" + std::to_string(i) + ",\"b\":0,";
  text.back() = '}';
  CHECK(parsed(text).dump() == R"({"a":999,"b":0})");
}
