#include <bennu/runtime/json_parse.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <doctest/doctest.h>

#include "parsed.hpp"

using bennu::json;

TEST_CASE("zero is zero in all its forms, and so is a number that is too small for a double") {
  for (const auto* text : {"0.0", "-0.0", "0e0", "0e99", "0e308", "0e-0040", "-0E+308", "0.00e5", "1e-400", "-1e-400",
                           "0.1e-399", "1e-99999999999999999999"}) {
    CAPTURE(text);
    const auto value = parsed(text);
    CHECK(value.if_double() == 0.0);
    CHECK_FALSE(value.is_integer());
  }
  CHECK(parsed("-0") == json{0});
  const auto tiny = "0." + std::string(400, '0') + "1";
  CHECK(parsed(tiny).if_double() == 0.0);
  CHECK(parsed(tiny + "e401").if_double() == 1.0);
  for (const auto* text : {"1e400", "-1e400", "0.001e400", "10e308", "1e99999999999999999999"})
    CHECK_MESSAGE(refused(text), text);
  CHECK(refused("1" + std::string(400, '0')));
}

TEST_CASE("an integer beyond 64 bits is written again as it was, and is an integer") {
  const auto long_one = "1" + std::string(300, '0');
  for (const auto& text : {std::string{"123456789012345678901234567890"}, std::string{"-9223372036854775809"},
                           std::string{"18446744073709551616"}, long_one}) {
    CAPTURE(text);
    auto value = parsed(text);
    CHECK(value.dump() == text);
    CHECK(value.is_integer());
    CHECK(value.type_name() == "integer");
    CHECK_FALSE(value.if_int64());
    CHECK_FALSE(value.if_uint64());
    CHECK_FALSE(value.is_string());
    CHECK(*value.if_digits() == text);
    CHECK(value == json{value});
    const json moved = std::move(value);
    CHECK(moved.dump() == text);
  }
  CHECK(parsed("18446744073709551616").if_double() == 18446744073709551616.0);
  CHECK(parsed(long_one).if_double() == 1e300);
  CHECK_FALSE(parsed("18446744073709551616") == parsed("18446744073709551617"));
  CHECK_FALSE(parsed("18446744073709551616") == parsed("1"));
  CHECK(parsed(R"({"a":[18446744073709551616,-1]})").dump() == R"({"a":[18446744073709551616,-1]})");
}

TEST_CASE("each control character is escaped at each place of a string, and refused unescaped at each") {
  // Sixteen bytes are looked at at once: three such steps and a rest.
  constexpr std::size_t size = 16 * 3 + 7;
  for (int c = 0; c < 0x20; ++c) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = static_cast<char>(c);
      const auto written = json{text}.dump();
      const auto expected = json{std::string(1, static_cast<char>(c))}.dump();
      const auto escape = expected.substr(1, expected.size() - 2);
      CHECK(escape.front() == '\\');
      CHECK(written == '"' + text.substr(0, at) + escape + text.substr(at + 1) + '"');
      CHECK(parsed(written) == json{text});
      CHECK(refused('"' + text + '"'));
    }
  }
}

TEST_CASE("half of a surrogate pair is refused, wherever it stands") {
  for (const auto* text :
       {R"("\ud800")", R"("\udfff")", R"("\uDC00")", R"("a\udbffb")", R"("\ud83d\ud83d\ude80")",
        R"("\ud83d\ude80\ude80")", R"(["x","\udc00"])", R"({"\udc00":1})", R"({"a":{"b":"\udc00"}})"}) {
    CHECK_MESSAGE(refused(text), text);
  }
  const auto error = std::get<bennu::json_parse_error>(bennu::parse_json(R"(["\udc00"])", 16));
  CHECK(error.reason == "half of a surrogate pair stands alone in a string");
  CHECK(parsed(R"("\ud83d\ude80\ud7ff\ue000 \\udc00")") == json{"🚀\xED\x9F\xBF\xEE\x80\x80 \\udc00"});
}

TEST_CASE("text that is not JSON is refused, with the position") {
  for (const auto* text : {"", " ", "{", "[1,]", "{\"a\":}", "nul", "\"a", "01", "1.", "+1", "'a'", "[1] x", "{} {}",
                           "\"\\ud800\"", "\"\x01\"", "[1e400]", "{a:1}"}) {
    CHECK_MESSAGE(refused(text), text);
  }
  CHECK(refused(std::string_view{"[1]\0", 4}));
  CHECK(refused(std::string_view{"\"a\0b\"", 5}));
  const auto error = std::get<bennu::json_parse_error>(bennu::parse_json("[1,x]", 16));
  CHECK(error.offset == 3);
}

TEST_CASE("a value may be nested as deeply as the limit, and not more deeply") {
  const std::string open(16, '[');
  const std::string close(16, ']');
  CHECK_FALSE(refused(open + close));
  CHECK(refused('[' + open + close + ']'));
  CHECK(refused(std::string(100'000, '[')));
}

TEST_CASE("the elements of an array go to their places, and further elements are dropped") {
  std::array<json, 2> first;
  const auto count = [&](std::string_view text, std::size_t depth = 16) {
    const auto found = bennu::parse_json_array(text, depth, first);
    REQUIRE_MESSAGE(std::holds_alternative<std::size_t>(found), text);
    return std::get<std::size_t>(found);
  };
  CHECK(count(" [\"a\",{\"b\":[1,2]},[3,{}],4] ") == 4);
  CHECK(first[0] == json{"a"});
  CHECK(first[1] == json{{"b", json::array{1, 2}}});
  CHECK(count("[[]]") == 1);
  CHECK(first[0] == json::array{});
  CHECK(count("[]") == 0);
  CHECK(count("[1,2]", 1) == 2);
}

TEST_CASE("a text that is not an array is refused if an array is required") {
  std::array<json, 2> first;
  const auto error_of = [&](std::string_view text, std::size_t depth = 16) {
    const auto found = bennu::parse_json_array(text, depth, first);
    REQUIRE_MESSAGE(std::holds_alternative<bennu::json_parse_error>(found), text);
    return std::get<bennu::json_parse_error>(found).reason;
  };
  for (const auto* text : {"null", "1", "\"a\"", "{}", "{\"a\":[1]}"}) CHECK(error_of(text) == "expected an array");
  CHECK(error_of("[[1]]", 1) == "nested more than 1 levels deep");
  CHECK(error_of("[]", 0) == "nested more than 0 levels deep");
  CHECK(error_of("[1] 2") == "The document root must not be followed by other values.");
  for (const auto* text : {"", "[", "[1", "[1,]", "[1}", "]"}) CHECK_FALSE(error_of(text).empty());
}
