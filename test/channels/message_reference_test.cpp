#include <bennu/channels/message_reference.hpp>

#include <string>
#include <string_view>
#include <variant>

#include <bennu/runtime/json_parse.hpp>

#include <doctest/doctest.h>

namespace {

using bennu::json;
using bennu::message_reference;

message_reference read(std::string_view text) {
  return message_reference{std::get<json>(bennu::parse_json(text, 1000))};
}

/// An array of 340 empty arrays, whose values take 40 times the memory of their text.
std::string nested_arrays() {
  std::string text = "[";
  for (int i = 0; i < 340; ++i) text += "[],";
  text.back() = ']';
  return text;
}

TEST_CASE("a reference is any JSON, and its text is the value as compact JSON") {
  for (const std::string_view text :
       {"null", "true", "false", "0", "-3", "1.5", "123456789012345678901234567890", R"("")", R"("1")", R"("a\"b")",
        R"("ü")", "[]", "[1,[null]]", "{}", R"({"a":{"b":"c"}})"}) {
    CHECK(read(text).text() == text);
  }
  CHECK(read(R"( [ 1 , "\u00fc" ] )").text() == R"([1,"ü"])");
}

TEST_CASE("references compare as values, and values of other types differ") {
  CHECK(read(R"({"a":1,"b":[{"d":2,"c":3}]})") == read(R"({"b":[{"c":3,"d":2}],"a":1})"));
  CHECK(read(R"("\u0031")") == read(R"("1")"));
  CHECK(read("1") != read("1.0"));
  CHECK(read("1") != read(R"("1")"));
  CHECK(read("null") != read(R"("")"));
  CHECK(read("[1]") != read("[1.0]"));
}

TEST_CASE("null and false count as none; an empty string does not") {
  CHECK(read("null").is_none());
  CHECK(read("false").is_none());
  for (const auto* text : {R"("")", "0", "true", "[]", R"("false")"}) CHECK_FALSE(read(text).is_none());
}

TEST_CASE("the field of a string is its content, and that of any other value its JSON") {
  CHECK(read("null").field().empty());
  CHECK(read(R"("")").field().empty());
  CHECK(read(R"("a\"b\\")").field() == R"(a"b\)");
  CHECK(read("12").field() == "12");
  CHECK(read(R"(["1"])").field() == R"(["1"])");
}

TEST_CASE("the size of a reference is that of its JSON, without the quotes of a string") {
  CHECK(read("null").size() == 0);
  CHECK(read(R"("12")").size() == 2);
  CHECK(read(R"("\n")").size() == 2);
  CHECK(read("[1, 2]").size() == 5);
}

TEST_CASE("a reference takes no more memory than its text, however many values it has") {
  const auto text = nested_arrays();
  CHECK(read(text).text().capacity() <= text.size() + 1);
  const auto string = '"' + std::string(2'000, 'x') + '"';
  CHECK(read(string).text().capacity() <= string.size() + 1);
  CHECK(sizeof(message_reference) <= sizeof(std::string));
}

}  // namespace
