#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/check_origin.hpp>

using namespace bennu;

namespace {

constexpr request_origin request{"https", "server.test", 4001};

struct row {
  std::string_view origin;
  bool allowed;
};

void check(const origin_check& rule, const std::vector<row>& rows) {
  CHECK(rule.allows(std::nullopt, request));
  for (const auto& [origin, allowed] : rows) {
    CAPTURE(origin);
    CHECK(rule.allows(origin, request) == allowed);
  }
}

const std::vector<std::string_view> hostless_origins{"null", "file://", "", "server.test", "/", "about:blank"};

std::string error_of(auto construct) {
  try {
    construct();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no exception";
}

}  // namespace

TEST_CASE("any lets pages of every origin connect") {
  check(origin_check::any(), {{"http://evil.test", true}, {"https://localhost:1", true}, {"\\ no origin", true}});
  for (const auto origin : hostless_origins) CHECK(origin_check::any().allows(origin, request));
}

TEST_CASE("an origin without a host is refused by every rule that compares hosts") {
  for (const auto origin : hostless_origins) {
    CAPTURE(origin);
    CHECK_FALSE(origin_check::same_host("server.test").allows(origin, request));
    CHECK_FALSE(origin_check::list({"//server.test"}).allows(origin, request));
    CHECK_FALSE(origin_check::same_request().allows(origin, request));
  }
  CHECK_FALSE(origin_check::same_request().allows("http:server.test", {"http", "", 80}));
}

TEST_CASE("same_host compares the host alone") {
  check(origin_check::same_host("A.test"), {{"http://a.test", true},
                                            {"https://a.test", true},
                                            {"https://a.test:8443", true},
                                            {"HTTP://A.TEST", true},
                                            {"//a.test", true},
                                            {"http://b.test", false},
                                            {"http://sub.a.test", false},
                                            {"http://a.test.b.test", false},
                                            {"http://a.test@b.test", false},
                                            {"http://a.test.", false}});
  check(origin_check::same_host("::1"), {{"http://[::1]:4000", true}, {"http://[::2]", false}});
  check(origin_check::same_host("[::1]"), {{"http://[::1]", true}});
}

TEST_CASE("an entry of a list that begins with two slashes allows any scheme and port") {
  check(origin_check::list({"//allowed.test"}), {{"http://allowed.test", true},
                                                 {"https://allowed.test", true},
                                                 {"http://allowed.test:8080", true},
                                                 {"capacitor://allowed.test", true},
                                                 {"http://ALLOWED.test", true},
                                                 {"http://sub.allowed.test", false},
                                                 {"http://allowed.test.evil.com", false},
                                                 {"http://notallowed.test", false},
                                                 {"http://evil.com/allowed.test", false},
                                                 {"http://evil.com?//allowed.test", false},
                                                 {"http://evil.com#//allowed.test", false},
                                                 {"http://allowed.test@evil.com", false},
                                                 {"http://evil.com\\@allowed.test", false},
                                                 {"http://allowed.test http://evil.com", false},
                                                 {"allowed.test", false}});
}

TEST_CASE("the scheme of an entry has to match, and implies a port") {
  check(origin_check::list({"https://a.test"}), {{"https://a.test", true},
                                                 {"https://a.test:443", true},
                                                 {"https://a.test:8443", false},
                                                 {"http://a.test", false},
                                                 {"http://a.test:443", false},
                                                 {"//a.test:443", false}});
  check(origin_check::list({"http://a.test:4000/"}), {{"http://a.test:4000", true}, {"http://a.test", false}});
  check(origin_check::list({"capacitor://a.test"}), {{"capacitor://a.test", true}, {"capacitor://a.test:9", true}});
}

TEST_CASE("the port of an entry has to match, whether the origin writes it or implies it") {
  check(origin_check::list({"//a.test:888"}),
        {{"http://a.test:888", true}, {"https://a.test:888", true}, {"http://a.test", false}});
  check(origin_check::list({"//a.test:80"}),
        {{"http://a.test", true}, {"https://a.test:80", true}, {"https://a.test", false}});
}

TEST_CASE("a wildcard stands for the host and all hosts below it") {
  for (const auto* entry : {"//*.b.test", "*.b.test", "//*.B.test"}) {
    CAPTURE(entry);
    check(origin_check::list({entry}), {{"http://b.test", true},
                                        {"https://b.test:8443", true},
                                        {"http://a.b.test", true},
                                        {"http://x.a.b.test", true},
                                        {"http://ab.test", false},
                                        {"http://test", false},
                                        {"http://b.test.evil.com", false},
                                        {"http://.evil.com", false}});
  }
  check(origin_check::list({"https://*.b.test"}),
        {{"https://a.b.test", true}, {"http://a.b.test", false}, {"https://a.b.test:1", false}});
  check(origin_check::list({"*.b.test:81"}), {{"http://a.b.test:81", true}, {"http://a.b.test", false}});
}

TEST_CASE("one entry of a list is enough, and an empty list allows no page") {
  const auto rule = origin_check::list({"//a.test", "https://b.test:8443", "*.c.test"});
  check(rule, {{"http://a.test", true},
               {"https://b.test:8443", true},
               {"https://x.c.test", true},
               {"http://b.test:8443", false}});
  check(origin_check::list({}), {{"http://a.test", false}, {"null", false}});
}

TEST_CASE("same_request compares scheme, host and port with those of the request") {
  check(origin_check::same_request(), {{"https://server.test:4001", true},
                                       {"HTTPS://SERVER.test:4001", true},
                                       {"http://server.test:4001", false},
                                       {"https://server.test", false},
                                       {"https://other.test:4001", false},
                                       {"//server.test:4001", false}});
  CHECK(origin_check::same_request().allows("https://a.test", {"https", "a.test", 443}));
  CHECK(origin_check::same_request().allows("http://a.test", {"http", "a.test", 80}));
  CHECK(origin_check::same_request().allows("http://[::1]:4000", {"http", "::1", 4000}));
  CHECK_FALSE(origin_check::same_request().allows("capacitor://a.test", {"capacitor", "a.test", 0}));
}

TEST_CASE("a function decides on every origin that is a URI, with a host or without") {
  std::vector<uri> asked;
  const auto rule = origin_check::function([&](const uri& origin) {
    asked.push_back(origin);
    return origin.host != "evil.test";
  });
  check(rule, {{"http://a.test:81", true}, {"http://evil.test", false}, {"null", true}, {"http://user@a.test", false}});
  REQUIRE(asked.size() == 3);
  CHECK(asked[0] == uri{"http", "a.test", 81, "", ""});
  CHECK(asked[2].path == "null");
}

TEST_CASE("a rule is a value") {
  const auto original = origin_check::list({"//a.test"});
  auto copy = origin_check::any();
  copy = original;
  CHECK_FALSE(copy.allows("http://b.test", request));
  CHECK(copy.allows("http://a.test", request));
}

TEST_CASE("a malformed entry of a list is named, and the forms that are allowed are shown") {
  for (const auto* entry : {"", "a.test", "a.test:80", "https://", "//", "null", "https://a.test/path", "//a.test?b",
                            "//user@a.test", "//a.test:port", "//*", "*", "//*.", "*.", "//a.*.test", "//*a.test",
                            "//*.*.test", "//a b.test", "https//a.test"}) {
    CAPTURE(entry);
    const auto error = error_of([&] { origin_check::list({"//fine.test", entry}); });
    CHECK(error.find("origin_check::list \"" + std::string{entry} + "\"") == 0);
    CHECK(error.find("\"https://example.com\"") != std::string::npos);
  }
}

TEST_CASE("same_host takes nothing but a host") {
  for (const auto* host : {"", "http://a.test", "a.test:80", "a.test/", "a.test/x", "a.test?b", "user@a.test", "a b",
                           "*.a.test", "[::1]:80"}) {
    CAPTURE(host);
    const auto error = error_of([&] { origin_check::same_host(host); });
    CHECK(error.find("origin_check::same_host \"" + std::string{host} + "\": expected a host alone") == 0);
  }
}

TEST_CASE("an empty function is refused") {
  CHECK(error_of([] { origin_check::function({}); }).find("expected a function") != std::string::npos);
}
