#include <bennu/channels/testing/pattern.hpp>

#include <sstream>
#include <string>

#include <doctest/doctest.h>

using namespace bennu::testing;
using bennu::binary;
using bennu::json;
using bennu::payload;

namespace {

struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

std::string text_of(const pattern& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

TEST_CASE("a pattern matches exactly its payload") {
  const pattern members{{"a", 1}, {"b", "x"}};
  CHECK(members.matches({{"b", "x"}, {"a", 1}}));
  CHECK_FALSE(members.matches({{"a", 1}}));
  CHECK_FALSE(members.matches({{"a", 1}, {"b", "x"}, {"c", 3}}));
  CHECK(pattern{message{"hi"}}.matches({{"body", "hi"}}));
  CHECK(pattern{binary{"abc"}}.matches(binary{"abc"}));
  CHECK_FALSE(pattern{binary{"abc"}}.matches(binary{"abd"}));
  CHECK(pattern{json{json::array{1, 2}}}.matches(json{json::array{1, 2}}));
  CHECK(pattern{payload{}}.matches({}));
}

TEST_CASE("including: members may be missing from the pattern, at every level, but not from the payload") {
  const json whole{{"user", {{"name", "ana"}, {"age", 7}}}, {"tags", json::array{json{{"n", 1}, {"m", 2}}, "x"}}};
  CHECK(including(json::object{}).matches(whole));
  CHECK(including({{"user", {{"name", "ana"}}}}).matches(whole));
  CHECK(including({{"tags", json::array{json{{"n", 1}}, "x"}}}).matches(whole));
  CHECK_FALSE(including({{"user", {{"name", "bob"}}}}).matches(whole));
  CHECK_FALSE(including({{"user", {{"size", 7}}}}).matches(whole));
  CHECK_FALSE(including({{"user", nullptr}}).matches(whole));
  CHECK_FALSE(including({{"tags", json::array{json{{"n", 1}}}}}).matches(whole));
  CHECK_FALSE(including({{"tags", json{{"n", 1}}}}).matches(whole));
  CHECK_FALSE(including({{"none", nullptr}}).matches(whole));
  CHECK_FALSE(including(json::object{}).matches(binary{"{}"}));
  CHECK(including(7).matches(json{7}));
}

TEST_CASE("a pattern can be read") {
  CHECK(text_of({{"a", 1}}) == R"({"a":1})");
  CHECK(text_of(including({{"a", 1}})) == R"(at least {"a":1})");
  CHECK(text_of(binary{"\x01"}) == "<1 bytes: 01>");
}
