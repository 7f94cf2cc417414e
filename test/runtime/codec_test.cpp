#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/payload.hpp>

#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

using bennu::decode;
using bennu::decode_error;
using bennu::json;

namespace {

struct author {
  std::string name;
  std::uint8_t age = 0;
  static void fields(auto& self, auto&& f) {
    f("name", self.name, bennu::length(1, 5));
    f("age", self.age, bennu::between(1, 120));
  }
};

struct article {
  std::string title;
  std::optional<std::string> subtitle;
  std::vector<author> authors;
  std::map<std::string, double> scores;
  bool draft = false;
  json extra;
  static void fields(auto& self, auto&& f) {
    f("title", self.title);
    f("subtitle", self.subtitle, bennu::length(3, 9));
    f("authors", self.authors);
    f("scores", self.scores);
    f("draft", self.draft);
    f("extra", self.extra);
  }
};

json parsed(std::string_view text) { return std::get<json>(bennu::parse_json(text, 16)); }

const char* const good = R"({"title":"t","subtitle":null,"authors":[{"name":"ana","age":7}],"scores":{"a":1.5,"b":2},
                             "draft":true,"extra":[1],"unknown":1})";

/// The error of decoding `good` with one member replaced.
std::string complaint(std::string_view member, std::string_view value) {
  auto from = parsed(good);
  from.set(member, parsed(value));
  const auto result = decode<article>(from);
  const auto* error = std::get_if<decode_error>(&result);
  return error == nullptr ? "" : error->text();
}

}  // namespace

TEST_CASE("a struct is decoded with all its fields, and other members are ignored") {
  const auto result = decode<article>(parsed(good));
  const auto& a = std::get<article>(result);
  CHECK(a.title == "t");
  CHECK_FALSE(a.subtitle);
  CHECK(a.authors.size() == 1);
  CHECK(a.authors[0].name == "ana");
  CHECK(a.authors[0].age == 7);
  CHECK(a.scores == std::map<std::string, double>{{"a", 1.5}, {"b", 2}});
  CHECK(a.draft);
  CHECK(a.extra == json{json::array{1}});
}

TEST_CASE("a value that does not fit is reported with the path of the field and the expected type") {
  CHECK(complaint("title", "1") == R"("title": expected string, got integer)");
  CHECK(complaint("draft", "\"yes\"") == R"("draft": expected boolean, got string)");
  CHECK(complaint("authors", "{}") == R"("authors": expected array, got object)");
  CHECK(complaint("authors", R"([{"name":"ana","age":7},{"name":"bob"}])") == R"("authors[1].age": is missing)");
  CHECK(complaint("authors", R"([{"name":"ana","age":300}])") ==
        R"("authors[0].age": expected an integer from 0 to 255)");
  CHECK(complaint("authors", R"([{"name":"ana","age":1.5}])") == R"("authors[0].age": expected integer, got number)");
  CHECK(complaint("scores", R"({"x":"high"})") == R"("scores.x": expected number, got string)");
  const auto result = decode<article>(json{1});
  CHECK(std::get<decode_error>(result).text() == "the payload: expected object, got integer");
}

TEST_CASE("rules check the decoded value, and an optional only if it has one") {
  CHECK(complaint("authors", R"([{"name":"","age":7}])") == R"("authors[0].name": expected a length of 1 to 5, got 0)");
  CHECK(complaint("authors", R"([{"name":"ana","age":0}])") == R"("authors[0].age": expected 1 to 120, got 0)");
  CHECK(complaint("subtitle", R"("ab")") == R"("subtitle": expected a length of 3 to 9, got 2)");
  CHECK(complaint("subtitle", "null").empty());
}

TEST_CASE("an error names a range of floating point numbers with the fewest digits") {
  const auto rule = bennu::between(0.0, 100.0);
  CHECK(rule(50.0).empty());
  CHECK(rule(100.5) == "expected 0 to 100, got 100.5");
  CHECK(bennu::between(0.25, 1e300)(0.1) == "expected 0.25 to 1e+300, got 0.1");
  CHECK(rule(-1) == "expected 0 to 100, got -1");
}

TEST_CASE("encoding is the other direction") {
  const auto a = std::get<article>(decode<article>(parsed(good)));
  auto expected = parsed(good);
  std::erase_if(expected.as_object(), [](const json::member& m) { return m.key == "unknown"; });
  CHECK(bennu::encode(a) == expected);
}

TEST_CASE("a payload is an empty object by default, and tells if it may be sent") {
  CHECK(bennu::payload{} == bennu::payload{json{json::object{}}});
  CHECK(bennu::payload{}.is_sendable());
  CHECK(bennu::payload{bennu::binary{"\x01"}}.is_sendable());
  CHECK_FALSE(bennu::payload{json{"text"}}.is_sendable());
  CHECK(bennu::payload{author{"ana", 7}} == bennu::payload{{"name", "ana"}, {"age", 7}});
}

TEST_CASE("rules include both of their ends") {
  const auto length = bennu::length(2, 3);
  CHECK(length(std::string{"a"}) == "expected a length of 2 to 3, got 1");
  CHECK(length(std::string{"ab"}) == "");
  CHECK(length(std::string{"abc"}) == "");
  CHECK(length(std::string{"abcd"}) == "expected a length of 2 to 3, got 4");
  const auto range = bennu::between(2, 3);
  CHECK(range(1) != "");
  CHECK(range(2) == "");
  CHECK(range(3) == "");
  CHECK(range(4) != "");
}

TEST_CASE("an integer is decoded if its field can hold it, at both ends of the field's range") {
  const auto fits = []<class T>(std::string_view text, T expected) {
    const auto result = decode<T>(parsed(text));
    const auto* value = std::get_if<T>(&result);
    return value != nullptr && *value == expected;
  };
  CHECK(fits("18446744073709551615", std::numeric_limits<std::uint64_t>::max()));
  CHECK(fits("0", std::uint64_t{0}));
  CHECK_FALSE(fits("-1", std::numeric_limits<std::uint64_t>::max()));
  CHECK(fits("9223372036854775807", std::numeric_limits<std::int64_t>::max()));
  CHECK(fits("-9223372036854775808", std::numeric_limits<std::int64_t>::min()));
  CHECK_FALSE(fits("9223372036854775808", std::numeric_limits<std::int64_t>::min()));
  CHECK(fits("255", std::uint8_t{255}));
  CHECK_FALSE(fits("256", std::uint8_t{0}));
  CHECK(fits("-128", std::int8_t{-128}));
  CHECK_FALSE(fits("-129", std::int8_t{127}));
}
