#include <bennu/pubsub/keyed_hash.hpp>

#include <set>
#include <string>

#include <bennu/pubsub/topic_hash.hpp>

#include <doctest/doctest.h>

using bennu::keyed_hash;
using bennu::topic_hash;

TEST_CASE("a name has one keyed hash, and other names have others") {
  CHECK(keyed_hash("room:lobby") == keyed_hash(std::string{"room:"} + "lobby"));
  std::set<std::uint64_t> seen;
  for (const auto* name : {"", "a", "b", "room:1", "room:2", "user_socket:42", "user_socket:43 and more"}) {
    CHECK(seen.insert(keyed_hash(name)).second);
  }
  CHECK(seen.insert(keyed_hash(std::string_view{"a\0", 2})).second);
  CHECK(seen.insert(keyed_hash(std::string_view{"a\0\0", 3})).second);
}

TEST_CASE("names that collide in the hash that all nodes know do not collide in the keyed one") {
  std::string one = "room:abcdefghijk";
  auto other = one;
  const auto flip = [&](std::size_t byte) { other[byte] = static_cast<char>(other[byte] ^ 0x80); };
  flip(7);
  flip(11);
  flip(15);
  REQUIRE(topic_hash(one) == topic_hash(other));
  CHECK(keyed_hash(one) != keyed_hash(other));
}
