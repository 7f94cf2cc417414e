#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using bennu::parse_redis_url;

namespace {

std::string shown(std::string_view text) {
  const auto url = parse_redis_url(text);
  return (url.tls ? "TLS " : "") + url.user + '|' + url.password + '|' + address_of(url) + '|' + url.cluster;
}

}  // namespace

TEST_CASE("a Redis server's URL has a host, and perhaps more") {
  CHECK(shown("redis://cache") == "||cache:6379|0");
  CHECK(shown("redis://10.0.0.1:7000") == "||10.0.0.1:7000|0");
  CHECK(shown("redis://:secret@cache:7000/3") == "|secret|cache:7000|3");
  CHECK(shown("rediss://chat:secret@cache/rooms") == "TLS chat|secret|cache:6379|rooms");
  CHECK(shown("redis://[::1]:7000/") == "||[::1]:7000|0");
  CHECK(shown("redis://[fe80::1]") == "||[fe80::1]:6379|0");
}

TEST_CASE("signs that mean something in a URL are escaped in a password, and an @ need not be") {
  CHECK(shown("redis://:a%3Ab%2f%40@cache") == "|a:b/@|cache:6379|0");
  CHECK(shown("redis://:a@b@cache") == "|a@b|cache:6379|0");
  CHECK(shown("redis://:a:b@cache") == "|a:b|cache:6379|0");
}

TEST_CASE("what is no URL of a Redis server is refused, and its password is not repeated") {
  for (const auto* wrong :
       {"", "cache", "http://cache", "redis://", "redis://:7000", "redis://cache:", "redis://cache:0",
        "redis://cache:65536", "redis://cache:7000x", "redis://secret@cache", "redis://:@cache", "redis://:secret@",
        "redis://:secret%2@cache", "redis://:secret%zz@cache", "redis://[::1", "redis://[::1]7000", "redis://[]",
        "redis://cache/a/b", "redis://cache/a b"}) {
    CAPTURE(wrong);
    try {
      parse_redis_url(wrong);
      FAIL_CHECK("it was taken");
    } catch (const std::invalid_argument& e) {
      CHECK(std::string{e.what()}.find("secret") == std::string::npos);
    }
  }
}
