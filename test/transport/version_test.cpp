#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <bennu/transport/version.hpp>

using namespace bennu;

namespace {

version parse(std::string_view text) {
  CAPTURE(text);
  const auto parsed = version::parse(text);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("a version is taken apart") {
  const auto v = parse("1.20.300-rc.1.x-y+build.007");
  CHECK(v.major == 1);
  CHECK(v.minor == 20);
  CHECK(v.patch == 300);
  REQUIRE(v.pre.size() == 3);
  CHECK(std::get<std::string>(v.pre[0]) == "rc");
  CHECK(std::get<std::uint64_t>(v.pre[1]) == 1);
  CHECK(std::get<std::string>(v.pre[2]) == "x-y");
  CHECK(v.build == "build.007");
}

TEST_CASE("a text that is not a full version is refused") {
  for (const auto* text : {"",
                           "2",
                           "2.",
                           "2.0",
                           "2.0.",
                           "2.0.0.",
                           "2.0.0.0",
                           "abc",
                           "02.0.0",
                           "2.00.0",
                           "2.0.01",
                           "v2.0.0",
                           "2.0.x",
                           "2.0.0-",
                           "2.0.0+",
                           "2.0.0-a..b",
                           "2.0.0-01",
                           "2.0.0-a.",
                           "2.0.0-a_b",
                           "2.0.0+a_b",
                           "2.0.0+a..b",
                           "2.0.0+a+b",
                           " 2.0.0",
                           "2.0.0 ",
                           "2. 0.0",
                           "-2.0.0",
                           "2.-0.0",
                           "+2.0.0",
                           "2.0.-rc",
                           "2..0",
                           "..",
                           "2.0.0\n",
                           "2,0,0",
                           "0x2.0.0",
                           "100000000000000.0.0",
                           "2.0.0-100000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(version::parse(text));
  }
}

TEST_CASE("unusual versions are versions all the same") {
  for (const auto* text : {"0.0.0", "99999999999999.0.0", "1.0.0-0", "1.0.0--", "1.0.0-100000000000000a",
                           "1.0.0+100000000000000", "1.0.0-a+01"}) {
    CAPTURE(text);
    CHECK(version::parse(text));
  }
}

TEST_CASE("versions come in this order") {
  const std::string_view ascending[] = {
      "0.9.9",      "1.0.0-0",      "1.0.0-2",       "1.0.0-10",   "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",       "1.0.1",         "1.0.10",
      "1.1.0-rc",   "1.1.0",        "2.0.0"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      CAPTURE(ascending[i]);
      CAPTURE(ascending[j]);
      CHECK((parse(ascending[i]) < parse(ascending[j])) == (i < j));
      CHECK((parse(ascending[i]) == parse(ascending[j])) == (i == j));
    }
  }
  CHECK(parse("1.0.0+a") == parse("1.0.0+b"));
}

TEST_CASE("a requirement takes the versions that speak the same protocol") {
  struct row {
    std::string_view requirement;
    std::string_view version;
    bool matches;
  };
  const row rows[] = {
      {"~> 1.0.0", "1.0.0", true},       {"~> 1.0.0", "1.0.9", true},       {"~> 1.0.0", "1.1.0", false},
      {"~> 1.0.0", "0.9.0", false},      {"~> 1.0.0", "2.0.0", false},      {"~> 2.0.0", "2.0.0", true},
      {"~> 2.0.0", "2.0.5", true},       {"~> 2.0.0", "2.0.0+build", true}, {"~> 2.0.0", "2.1.0", false},
      {"~> 2.0.0", "3.0.0", false},      {"~> 2.0.0", "2.0.0-rc.1", false}, {"~> 2.0.0", "2.0.1-rc.1", true},
      {"~> 2.0.0", "2.1.0-rc.1", false}, {"~> 2.0.0", "2.1.0-0", false},    {"~> 2.0.3", "2.0.2", false},
      {"~> 2.0.3", "2.0.3", true},       {"~> 2.0.3-rc", "2.0.3-rc", true}, {"~> 2.0.3-rc", "2.0.3-beta", false},
      {"~> 2.1", "2.0.9", false},        {"~> 2.1", "2.1.0", true},         {"~> 2.1", "2.99.0", true},
      {"~> 2.1", "3.0.0", false},        {"~> 2.1", "3.0.0-rc", false},     {"~> 2.1-rc.1", "2.1.0-rc.1", true},
      {"~> 2.1-rc.1", "2.5.0", true},    {"~>2.0.0", "2.0.1", true},
  };
  for (const auto& [requirement, text, matches] : rows) {
    CAPTURE(requirement);
    CAPTURE(text);
    CHECK(version_requirement{requirement}.matches(parse(text)) == matches);
  }
}

TEST_CASE("a requirement that is none is named, and an example given") {
  for (const auto* text :
       {"", "2.0.0", "~> ", "~> 2", "~> 2.0.0.0", "~> x", ">= 2.0.0", "~ 2.0.0", "~> 2.0.0 or ~> 3.0.0"}) {
    CAPTURE(text);
    std::string error;
    try {
      version_requirement{text};
    } catch (const std::invalid_argument& e) {
      error = e.what();
    }
    CHECK(error.find("version requirement \"" + std::string{text} + "\"") == 0);
    CHECK(error.find("\"~> 2.0.0\"") != std::string::npos);
  }
}

TEST_CASE("a client gets the version in vsn, 1.0.0 without it, and none if it is not a version") {
  CHECK(requested_version(json{{"vsn", "2.0.0"}, {"user", "ana"}}) == parse("2.0.0"));
  CHECK(requested_version(json{{"user", "ana"}}) == parse("1.0.0"));
  CHECK(requested_version(json{}) == parse("1.0.0"));
  for (const json& vsn :
       {json{""}, json{"2"}, json{"abc"}, json{json::array{"2.0.0"}}, json{{"a", "2.0.0"}}, json{2}, json{nullptr}}) {
    CAPTURE(vsn.dump());
    CHECK_FALSE(requested_version(json{{"vsn", vsn}}));
  }
}
