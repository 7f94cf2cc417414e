#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using bennu::parse_redis_url;

namespace {

std::string shown(std::string_view text) {
  const auto url = parse_redis_url(text);
  std::string addresses;
  for (const auto& one : url.addresses) addresses += (addresses.empty() ? "" : " ") + to_string(one, url.carrier);
  return (url.carrier == bennu::redis_carrier::tls ? "TLS " : "") + url.user + '|' + url.password + '|' + addresses +
         '|' + url.cluster;
}

}  // namespace

TEST_CASE("a Redis server's URL has a host, and may have more") {
  CHECK(shown("redis://cache") == "||cache:6379|0");
  CHECK(shown("redis://10.0.0.1:7000") == "||10.0.0.1:7000|0");
  CHECK(shown("redis://:secret@cache:7000/3") == "|secret|cache:7000|3");
  CHECK(shown("rediss://chat:secret@cache/rooms") == "TLS chat|secret|cache:6379|rooms");
  CHECK(shown("redis://[::1]:7000/") == "||[::1]:7000|0");
  CHECK(shown("redis://[fe80::1]") == "||[fe80::1]:6379|0");
}

TEST_CASE("a Redis server's URL may list several hosts") {
  CHECK(shown("redis://one,two:7000,[::1]:7001/rooms") == "||one:6379 two:7000 [::1]:7001|rooms");
  CHECK(shown("rediss://:secret@one:1,two:2") == "TLS |secret|one:1 two:2|0");
}

TEST_CASE("a Redis server's URL may name a Unix socket") {
  CHECK(shown("unix:///run/redis.sock") == "||/run/redis.sock|0");
  CHECK(shown("unix://:secret@/run/redis.sock?cluster=rooms") == "|secret|/run/redis.sock|rooms");
  CHECK(shown("unix:///run/a%3fb") == "||/run/a?b|0");
}

TEST_CASE("characters that mean something in a URL are escaped in a password, and an @ need not be") {
  CHECK(shown("redis://:a%3Ab%2f%40@cache") == "|a:b/@|cache:6379|0");
  CHECK(shown("redis://:a@b@cache") == "|a@b|cache:6379|0");
  CHECK(shown("redis://:a:b@cache") == "|a:b|cache:6379|0");
}

TEST_CASE("a text that is no URL of a Redis server is refused, and its password is not repeated") {
  for (const auto* wrong : {"",
                            "cache",
                            "http://cache",
                            "redis://",
                            "redis://:7000",
                            "redis://cache:",
                            "redis://cache:0",
                            "redis://cache:65536",
                            "redis://cache:7000x",
                            "redis://secret@cache",
                            "redis://:@cache",
                            "redis://:secret@",
                            "redis://:secret%2@cache",
                            "redis://:secret%zz@cache",
                            "redis://[::1",
                            "redis://[::1]7000",
                            "redis://[]",
                            "redis://cache/a/b",
                            "redis://cache/a b",
                            "redis://one,",
                            "redis://one,,two",
                            "redis://one,two:0",
                            "unix://run/redis.sock",
                            "unix://",
                            "unix:///run/redis.sock?db=0",
                            "unix:///run/redis.sock?cluster=a/b"}) {
    CAPTURE(wrong);
    try {
      parse_redis_url(wrong);
      FAIL_CHECK("it was taken");
    } catch (const std::invalid_argument& e) {
      CHECK(std::string{e.what()}.find("secret") == std::string::npos);
    }
  }
}
