#include <doctest/doctest.h>

#include <string_view>

#include <bennu/transport/uri.hpp>

using namespace bennu;

TEST_CASE("a URI is taken apart") {
  struct row {
    std::string_view text;
    uri expected;
  };
  const row rows[] = {
      {"", {}},
      {"/", {"", "", {}, "/", ""}},
      {"/a/b?c=d&e", {"", "", {}, "/a/b", "c=d&e"}},
      {"/a?b?c", {"", "", {}, "/a", "b?c"}},
      {"/a:b", {"", "", {}, "/a:b", ""}},
      {"?a:b", {"", "", {}, "", "a:b"}},
      {"null", {"", "", {}, "null", ""}},
      {"a.test", {"", "", {}, "a.test", ""}},
      {"localhost:4000", {"localhost", "", {}, "4000", ""}},
      {"http://a.test", {"http", "a.test", {}, "", ""}},
      {"HTTPS://A.Test:8443/B?C=D#e", {"https", "a.test", 8443, "/B", "C=D"}},
      {"//a.test", {"", "a.test", {}, "", ""}},
      {"//a.test:", {"", "a.test", {}, "", ""}},
      {"//a.test:0", {"", "a.test", 0, "", ""}},
      {"//a.test:65535/", {"", "a.test", 65535, "/", ""}},
      {"//a.test?b", {"", "a.test", {}, "", "b"}},
      {"//127.0.0.1:80", {"", "127.0.0.1", 80, "", ""}},
      {"http://[::1]", {"http", "::1", {}, "", ""}},
      {"http://[2001:DB8::7]:4000/x", {"http", "2001:db8::7", 4000, "/x", ""}},
      {"http://[::ffff:1.2.3.4]", {"http", "::ffff:1.2.3.4", {}, "", ""}},
      {"file://", {"file", "", {}, "", ""}},
      {"file:///etc/passwd", {"file", "", {}, "/etc/passwd", ""}},
      {"capacitor://localhost", {"capacitor", "localhost", {}, "", ""}},
      {"chrome-extension://abc", {"chrome-extension", "abc", {}, "", ""}},
      {"http://a.test#@b.test", {"http", "a.test", {}, "", ""}},
      {"http://a.test/@b.test", {"http", "a.test", {}, "/@b.test", ""}},
      {"http:a.test", {"http", "", {}, "a.test", ""}},
      {"http://a%2eb", {"http", "a%2eb", {}, "", ""}},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const auto parsed = parse_uri(text);
    REQUIRE(parsed);
    CHECK(parsed->scheme == expected.scheme);
    CHECK(parsed->host == expected.host);
    CHECK(parsed->port == expected.port);
    CHECK(parsed->path == expected.path);
    CHECK(parsed->query == expected.query);
    CHECK(*parsed == expected);
  }
}

TEST_CASE("text that is not a URI is refused") {
  using namespace std::literals;
  for (const auto text : {"http://a b"sv,
                          " http://a.test"sv,
                          "http://a.test\r\nx: y"sv,
                          "http://a\0.test"sv,
                          "http://a.test\\@b.test"sv,
                          "http://<a>"sv,
                          "\"a\""sv,
                          "http://\xC3\xA9.test"sv,
                          "http://a.test\x7F"sv,
                          "http://user@a.test"sv,
                          "http://user:password@a.test"sv,
                          "http://a.test@b.test"sv,
                          "http://@a.test"sv,
                          "http://a.test:x"sv,
                          "http://a.test:-1"sv,
                          "http://a.test:+80"sv,
                          "http://a.test:65536"sv,
                          "http://a.test:99999999999"sv,
                          "http://a.test:80:80"sv,
                          "http://:80"sv,
                          "http://[::1"sv,
                          "http://::1"sv,
                          "http://[]"sv,
                          "http://[a.test]"sv,
                          "http://[::1]80"sv,
                          "http://[::g]"sv,
                          "http://[::1]]"sv,
                          "http://a[b]"sv,
                          ":"sv,
                          "://a.test"sv,
                          "1http://a.test"sv,
                          "ht_tp://a.test"sv}) {
    CAPTURE(text);
    CHECK_FALSE(parse_uri(text));
  }
}

TEST_CASE("a scheme implies a port, and a written port takes its place") {
  struct row {
    std::string_view text;
    std::optional<std::uint16_t> port;
  };
  const row rows[] = {{"http://a", 80},   {"https://a", 443},   {"ws://a", 80},       {"wss://a", 443},
                      {"HTTPS://a", 443}, {"https://a:80", 80}, {"http://a:0", 0},    {"//a", {}},
                      {"//a:1", 1},       {"ftp://a", {}},      {"capacitor://a", {}}};
  for (const auto& [text, port] : rows) {
    CAPTURE(text);
    CHECK(parse_uri(text).value().effective_port() == port);
  }
}
