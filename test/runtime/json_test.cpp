#include <bennu/runtime/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "parsed.hpp"

using bennu::json;

TEST_CASE("a parsed text is written again unchanged") {
  for (const auto* text : {"null", "true", "false", "0", "-1", "1.5", "\"\"", "\"a\"", "[]", "{}",
                           "[1,[2,{\"a\":null}]]", "{\"b\":1,\"a\":{\"c\":[true,false]}}", "9223372036854775807",
                           "-9223372036854775808", "18446744073709551615"}) {
    CHECK(parsed(text).dump() == text);
  }
}

TEST_CASE("numbers keep their values: 64-bit integers exactly, doubles to the last bit and as doubles") {
  CHECK(parsed("9007199254740993").if_int64() == 9007199254740993);
  CHECK(parsed("18446744073709551615").if_uint64() == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(parsed("18446744073709551615").if_int64());
  CHECK_FALSE(parsed("-1").if_uint64());
  for (const double value : {0.1, 1e10, 1e-7, 5e-324, 1.7976931348623157e308, 123456.789}) {
    CHECK(parsed(json{value}.dump()).if_double() == value);
  }
  CHECK(json{1.0}.dump() == "1.0");
  CHECK_FALSE(json{1.0}.is_integer());
  CHECK(json{std::nan("")}.dump() == "null");
  CHECK(json{std::numeric_limits<double>::infinity()}.dump() == "null");
}

TEST_CASE("a value is assigned from its own part, moved or copied") {
  const auto outer = [] { return json{{"a", json::array{json{{"b", std::string(40, 'x')}}, 2}}, {"c", 3}}; };
  const json inner{{"b", std::string(40, 'x')}};
  auto j = outer();
  j = std::move(*j.find("a"));
  CHECK(j == json::array{inner, 2});
  j = std::move(j.if_array()->front());
  CHECK(j == inner);
  j = std::move(*j.find("b"));
  CHECK(j == json{std::string(40, 'x')});
  j = outer();
  j = j["a"];
  j = j.if_array()->front();
  CHECK(j == inner);
  j = outer();
  j.set("d", j["a"]);
  CHECK(j["d"] == outer()["a"]);
  j = outer();
  j.set("a", std::move(*j.find("a")->if_array()->begin()));
  CHECK(j["a"] == inner);
  json list = json::array{std::string(40, 'x')};
  for (int i = 0; i < 10; ++i) list.if_array()->push_back(list.if_array()->front());
  CHECK(list.if_array()->back() == json{std::string(40, 'x')});
}

TEST_CASE("reading a member that is not there gives null and adds nothing") {
  json object{{"a", 1}};
  CHECK(object["a"] == json{1});
  CHECK(object["b"].is_null());
  CHECK(object.size() == 1);
  CHECK(json{"text"}["a"].is_null());
}

TEST_CASE("members are set in their order, and the last of several names counts") {
  json object;
  object.set("b", 1);
  object.set("a", json::array{1, "x"});
  object.set("b", 2);
  CHECK(object.dump() == R"({"b":2,"a":[1,"x"]})");
  CHECK(parsed(R"({"a":1,"a":2})")["a"] == json{2});
  json text{"no object"};
  CHECK_THROWS_AS(text.set("a", 1), std::logic_error);
}

TEST_CASE("values compare by their meaning") {
  CHECK(parsed(R"({"a":1,"b":[2]})") == parsed(R"({"b":[2],"a":1.0})"));
  CHECK_FALSE(parsed(R"({"a":1})") == parsed(R"({"a":1,"b":2})"));
  CHECK_FALSE(json{1} == json{"1"});
  CHECK_FALSE(json{} == json{false});
  CHECK_FALSE(json{std::numeric_limits<std::uint64_t>::max()} == json{-1});
}

TEST_CASE("of members with the same name, which a program can build, the last counts in comparisons too") {
  const auto built = [](int first, int second) { return json{json::object{{"a", first}, {"a", second}}}; };
  const auto twice = built(1, 2);
  CHECK(twice == twice);
  CHECK(twice == built(3, 2));
  CHECK_FALSE(twice == built(2, 1));
  const auto same = built(1, 1);
  const auto other = parsed(R"({"a":1,"b":2})");
  CHECK_FALSE(same == other);
  CHECK_FALSE(other == same);
}

TEST_CASE("moving and copying keep values of all types complete") {
  for (const auto* text : {"null", "true", "7", "1.5", "\"a string that does not fit into the small buffer\"",
                           "[1,[2]]", "{\"a\":{\"b\":\"c\"}}"}) {
    const auto original = parsed(text);
    json copy = original;
    json moved = std::move(copy);
    CHECK(moved == original);
    copy = moved;
    CHECK(copy == original);
    auto& self = copy;
    copy = self;
    CHECK(copy == original);
    copy = json{"something else"};
    copy = std::move(moved);
    CHECK(copy == original);
  }
}
