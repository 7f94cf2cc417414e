#include <bennu/runtime/json.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <doctest/doctest.h>

using bennu::json;

namespace {

json parsed(std::string_view text) {
  auto result = bennu::parse_json(text, 16);
  REQUIRE_MESSAGE(std::holds_alternative<json>(result), text);
  return std::get<json>(std::move(result));
}

bool refused(std::string_view text) {
  return std::holds_alternative<bennu::json_parse_error>(bennu::parse_json(text, 16));
}

}  // namespace

TEST_CASE("a parsed text is written again unchanged") {
  for (const auto* text : {"null", "true", "false", "0", "-1", "1.5", "\"\"", "\"a\"", "[]", "{}",
                           "[1,[2,{\"a\":null}]]", "{\"b\":1,\"a\":{\"c\":[true,false]}}", "9223372036854775807",
                           "-9223372036854775808", "18446744073709551615"}) {
    CHECK(parsed(text).dump() == text);
  }
}

TEST_CASE("numbers keep what they are: 64-bit integers exactly, doubles to the last bit and as doubles") {
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

TEST_CASE("zero is zero in all its forms, and so is what is too small for a double") {
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

TEST_CASE("a parsed object has each name once: the last value, in the place of the first") {
  CHECK(parsed(R"({"a":1,"b":2,"a":3})").dump() == R"({"a":3,"b":2})");
  CHECK(parsed(R"([{"x":{"a":1,"a":{"b":0,"b":1}}}])").dump() == R"([{"x":{"a":{"b":1}}}])");
  CHECK(parsed(R"({"":1,"":2})").dump() == R"({"":2})");
  CHECK(parsed("{\"a\":1,\"\\u0061\":2}").dump() == R"({"a":2})");
  CHECK(parsed("{\"a\":1,\"a\\u0000\":2}").size() == 2);
  CHECK(json{{"a", 1}, {"a", 2}}.dump() == R"({"a":2})");
  // Few members and many are looked through in different ways; names may differ only at their end.
  for (const std::size_t count : {2U, 8U, 9U, 100U}) {
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

TEST_CASE("the accessors that throw return what is there") {
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

TEST_CASE("the accessors that throw name the member, what is expected and what is there") {
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

TEST_CASE("strings are escaped where JSON wants it and nowhere else, wherever in the string it is") {
  CHECK(json{"a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"}.dump() == "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  CHECK(json{"é日🚀"}.dump() == "\"é日🚀\"");
  for (std::size_t size = 0; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\n';
      CHECK(parsed(json{text}.dump()) == json{text});
    }
  }
  CHECK(parsed("\"\\u00e9\\ud83d\\ude80\\u0000x\"") == json{std::string{"é🚀\0x", 8}});
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

TEST_CASE("quotes, backslashes and what is not UTF-8 are written rightly at each place of a string") {
  constexpr std::size_t size = 16 * 3 + 7;
  for (const auto& [byte, expected] : {std::pair{'"', "\\\""}, {'\\', "\\\\"}, {'\x7f', "\x7f"}, {'\xff', "\uFFFD"}}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = byte;
      CHECK(json{text}.dump() == '"' + text.substr(0, at) + expected + text.substr(at + 1) + '"');
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
  CHECK(error.what == "half of a surrogate pair stands alone in a string");
  CHECK(parsed(R"("\ud83d\ude80\ud7ff\ue000 \\udc00")") == json{"🚀\xED\x9F\xBF\xEE\x80\x80 \\udc00"});
}

TEST_CASE("written JSON is UTF-8, whatever a string contains") {
  CHECK(json{"caf\xE9"}.dump() == "\"caf\uFFFD\"");
  CHECK(json{std::string{"\xFF"} + std::string(40, 'x') + "\n\xED\xA0\x80"}.dump() ==
        "\"\uFFFD" + std::string(40, 'x') + "\\n\uFFFD\uFFFD\uFFFD\"");
  CHECK(json{{"\xC3", "\xA9"}}.dump() == "{\"\uFFFD\":\"\uFFFD\"}");
  CHECK(json{"\xC3\xA9"}.dump() == "\"é\"");
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

TEST_CASE("a value may be nested as deep as the limit says and no deeper") {
  const std::string open(16, '[');
  const std::string close(16, ']');
  CHECK_FALSE(refused(open + close));
  CHECK(refused('[' + open + close + ']'));
  CHECK(refused(std::string(100'000, '[')));
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

TEST_CASE("values compare by what they mean") {
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

TEST_CASE("moving and copying keep a value whole, whatever it holds") {
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

TEST_CASE("the elements of an array go where they are wanted, those beyond are dropped") {
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

TEST_CASE("where an array is wanted, nothing else will do") {
  std::array<json, 2> first;
  const auto error_of = [&](std::string_view text, std::size_t depth = 16) {
    const auto found = bennu::parse_json_array(text, depth, first);
    REQUIRE_MESSAGE(std::holds_alternative<bennu::json_parse_error>(found), text);
    return std::get<bennu::json_parse_error>(found).what;
  };
  for (const auto* text : {"null", "1", "\"a\"", "{}", "{\"a\":[1]}"}) CHECK(error_of(text) == "expected an array");
  CHECK(error_of("[[1]]", 1) == "nested more than 1 levels deep");
  CHECK(error_of("[]", 0) == "nested more than 0 levels deep");
  CHECK(error_of("[1] 2") == "The document root must not be followed by other values.");
  for (const auto* text : {"", "[", "[1", "[1,]", "[1}", "]"}) CHECK_FALSE(error_of(text).empty());
}
