#include <bennu/runtime/json.hpp>

#include <string>

#include <doctest/doctest.h>

#include "parsed.hpp"

using bennu::json;

TEST_CASE("the accessors that throw return existing values") {
  const auto value = parsed(R"({"s":"text","i":-7,"d":1.5,"b":true,"a":[1,[2]],"o":{"k":null}})");
  CHECK(value.as_string("s") == "text");
  CHECK(value.at("s").as_string() == "text");
  CHECK(value.as_int("i") == -7);
  CHECK(value.at("i").as_int() == -7);
  CHECK(value.as_double("d") == 1.5);
  CHECK(value.as_double("i") == -7.0);
  CHECK(value.at("d").as_double() == 1.5);
  CHECK(value.as_bool("b"));
  CHECK(value.at("b").as_bool());
  CHECK(value.as_array("a").size() == 2);
  CHECK(value.at("a").at(1).at(0).as_int() == 2);
  CHECK(value.at("o").as_object().size() == 1);
  CHECK(value.as_object("o").front().key == "k");
  CHECK(value.at("o").at("k").is_null());
  auto changed = value;
  changed.at("a").at(0) = 9;
  changed.at("s") = "other";
  CHECK(changed["a"] == parsed("[9,[2]]"));
  CHECK(changed["s"] == json{"other"});
}

TEST_CASE("the accessors that throw name the member, the expected type and the actual one") {
  const auto value = parsed(R"({"s":"text","i":-7,"big":18446744073709551615,"a":[1]})");
  const auto said = [](auto&& read) -> std::string {
    try {
      read();
    } catch (const bennu::json_access_error& e) {
      return e.what();
    }
    return "nothing";
  };
  CHECK(said([&] { (void)value.as_string("name"); }) == "\"name\": expected string, got nothing");
  CHECK(said([&] { (void)value.as_string("i"); }) == "\"i\": expected string, got integer");
  CHECK(said([&] { (void)value.as_int("s"); }) == "\"s\": expected integer, got string");
  CHECK(said([&] { (void)value.as_int("big"); }) == "\"big\": expected integer of 64 bits, got integer");
  CHECK(said([&] { (void)value.as_double("s"); }) == "\"s\": expected number, got string");
  CHECK(said([&] { (void)value.as_bool("s"); }) == "\"s\": expected boolean, got string");
  CHECK(said([&] { (void)value.as_array("s"); }) == "\"s\": expected array, got string");
  CHECK(said([&] { (void)value.as_object("s"); }) == "\"s\": expected object, got string");
  CHECK(said([&] { (void)value.at("name"); }) == "\"name\": expected a value, got nothing");
  CHECK(said([&] { (void)value.at("i").as_string(); }) == "expected string, got integer");
  CHECK(said([&] { (void)value.at("i").as_string("x"); }) == "\"x\": expected a member of an object, got integer");
  CHECK(said([&] { (void)value.at("a").at(1); }) == "expected an element with another index: the array has 1");
  CHECK(said([&] { (void)value.at("a").at(-1); }) == "expected an element with another index: the array has 1");
  CHECK(said([&] { (void)value.at(0); }) == "expected array, got object");
}
