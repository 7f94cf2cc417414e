#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include <bennu/transport/query.hpp>

using namespace bennu;
using namespace std::literals;

namespace {

constexpr query_limits plenty{.max_parameters = 1000, .max_depth = 100};

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("a query string becomes an object of strings") {
  struct row {
    std::string_view query;
    std::string_view expected;
  };
  const row rows[] = {
      {"", "{}"},
      {"&", "{}"},
      {"a=1", R"({"a":"1"})"},
      {"a=1&b=2", R"({"a":"1","b":"2"})"},
      {"b=2&a=1", R"({"a":"1","b":"2"})"},
      {"&a=1&&b=2&", R"({"a":"1","b":"2"})"},
      {"a", R"({"a":""})"},
      {"a=", R"({"a":""})"},
      {"=", R"({"":""})"},
      {"=1", R"({"":"1"})"},
      {"a=b=c", R"({"a":"b=c"})"},
      {"a=1;b=2", R"({"a":"1;b=2"})"},
      {"a=1?b", R"({"a":"1?b"})"},
      // the later one counts
      {"a=1&a=2", R"({"a":"2"})"},
      {"a=1&b=0&a=", R"({"a":"","b":"0"})"},
      // escapes
      {"my+weird+field=q1%212%22%27w%245%267%2Fz8%29%3F", R"({"my weird field":"q1!2\"'w$5&7/z8)?"})"},
      {"user=a%20b%26c+d%2B%C3%A9%F0%9F%9A%80", R"({"user":"a b&c d+é🚀"})"},
      {"a=%c3%A9", R"({"a":"é"})"},
      {"a=é", R"({"a":"é"})"},
      {"a%3Db=c", R"({"a=b":"c"})"},
      {"a=%00", R"({"a":"\u0000"})"},
      // objects
      {"a[b]=c", R"({"a":{"b":"c"}})"},
      {"a%5Bb%5D=c", R"({"a":{"b":"c"}})"},
      {"a[b]", R"({"a":{"b":""}})"},
      {"a[b]=1&a[c]=2&a[d][e]=3", R"({"a":{"b":"1","c":"2","d":{"e":"3"}}})"},
      {"a[b]=1&a[b]=2", R"({"a":{"b":"2"}})"},
      {"a[0]=x&a[1]=y", R"({"a":{"0":"x","1":"y"}})"},
      // arrays
      {"a[]", R"({"a":[""]})"},
      {"a[]=1", R"({"a":["1"]})"},
      {"a[]=1&b=0&a[]=2", R"({"a":["1","2"],"b":"0"})"},
      {"a[b][]=1&a[b][]=2", R"({"a":{"b":["1","2"]}})"},
      {"a[][]=1", R"({"a":[["1"]]})"},
      {"a[][][]=1", R"({"a":[[["1"]]]})"},
      {"a[][b]=1", R"({"a":[{"b":"1"}]})"},
      {"a[][b][]=1", R"({"a":[{"b":["1"]}]})"},
      {"a[][b]=1&a[][c]=2", R"({"a":[{"b":"1","c":"2"}]})"},
      {"a[]=x&a[][b]=1&a[]=y&a[][c]=2", R"({"a":["x",{"b":"1","c":"2"},"y"]})"},
      // the later of two kinds counts
      {"a=1&a[b]=2", R"({"a":{"b":"2"}})"},
      {"a[b]=1&a=2", R"({"a":"2"})"},
      {"a[b]=1&a=2&a[c]=3", R"({"a":"2"})"},
      {"a=1&a[]=2", R"({"a":["2"]})"},
      {"a[]=1&a=2", R"({"a":"2"})"},
      {"a[]=1&a[b]=2", R"({"a":{"b":"2"}})"},
      {"a[b]=1&a[]=2", R"({"a":["2"]})"},
      {"a[]=1&a[b]=2&a[]=3", R"({"a":["1","3"]})"},
      {"a[b][][c]=2&a[b]=1", R"({"a":{"b":"1"}})"},
      // brackets that do not end a name are part of it
      {"[a]=1", R"({"[a]":"1"})"},
      {"[]=1", R"({"[]":"1"})"},
      {"a]=1", R"({"a]":"1"})"},
      {"a[=1", R"({"a[":"1"})"},
      {"a[b=1", R"({"a[b":"1"})"},
      {"a[b]c=1", R"({"a[b]c":"1"})"},
      {"a[b[c]=1", R"({"a":{"b[c":"1"}})"},
      {"a[b]c]=1", R"({"a":{"b]c":"1"}})"},
      {"a[]]=1", R"({"a":{"]":"1"}})"},
  };
  for (const auto& [query, expected] : rows) {
    CAPTURE(query);
    const auto parsed = parse_query(query, plenty);
    REQUIRE(parsed);
    CHECK(parsed->dump() == expected);
  }
}

TEST_CASE("a query string with a bad escape or invalid UTF-8 is refused") {
  for (const auto query : {"%"sv, "a=%"sv, "a=%4"sv, "a=%zz"sv, "a=%4g"sv, "%g4=a"sv, "a=1&b=%&c=2"sv, "a=% 41"sv,
                           "a=%+41"sv, "a=%C3"sv, "a=%FF"sv, "%C0%80=a"sv, "a=%ED%A0%80"sv, "a=%F4%90%80%80"sv,
                           "a=\xFF"sv, "a=%C3&b=%A9"sv, "_utf8=%R2%9P%93"sv}) {
    CAPTURE(query);
    CHECK_FALSE(parse_query(query, plenty));
  }
}

TEST_CASE("a query string of more parameters than allowed is refused") {
  const query_limits limits{.max_parameters = 3, .max_depth = 1};
  CHECK(parse_query("a=1&b=2&c=3", limits));
  CHECK(parse_query("&&a=1&&&b=2&&&&c=3&&", limits));
  CHECK_FALSE(parse_query("a=1&b=2&c=3&d=4", limits));
  CHECK_FALSE(parse_query("a=1&a=2&a=3&a=4", limits));
  CHECK_FALSE(parse_query("a", query_limits{.max_parameters = 0, .max_depth = 1}));
}

TEST_CASE("a query string nested deeper than allowed is refused") {
  const query_limits limits{.max_parameters = 9, .max_depth = 3};
  CHECK(parse_query("a[b][c]=1", limits));
  CHECK(parse_query("a[][]=1", limits));
  CHECK_FALSE(parse_query("a[b][c][d]=1", limits));
  CHECK_FALSE(parse_query("a[][][]=1", limits));
  CHECK_FALSE(parse_query("x=1&a" + repeat("[]", 100'000), limits));
}

TEST_CASE("a query string may have as many members as the limit allows") {
  constexpr std::size_t parameters = 100'000;
  const query_limits many{.max_parameters = parameters, .max_depth = 2};
  std::string query;
  for (std::size_t i = 0; i < parameters; ++i) query += "k[" + std::to_string(i) + "]=" + std::to_string(i) + "&";
  const auto parsed = parse_query(query, many);
  REQUIRE(parsed);
  CHECK((*parsed)["k"].size() == parameters);
  CHECK((*parsed)["k"]["99999"] == json{"99999"});
}

TEST_CASE("percent escapes become bytes, and a plus sign stays one") {
  struct row {
    std::string_view text;
    std::optional<std::string_view> expected;
  };
  const row rows[] = {{"", ""sv},
                      {"/a+b", "/a+b"sv},
                      {"%2e%2E%2f", "../"sv},
                      {"%00", "\0"sv},
                      {"%25%32%30", "%20"sv},
                      {"%ff", "\xFF"sv},
                      {"a%", {}},
                      {"a%2", {}},
                      {"%2x", {}},
                      {"%x2", {}},
                      {"%%20", {}}};
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(percent_decode(text) == expected);
  }
}
