#include <bennu/transport/internal/address_block.hpp>

#include <doctest/doctest.h>

using bennu::address_block;

TEST_CASE("an IPv4 address counts as itself, however it is written") {
  CHECK(address_block("192.0.2.1") == "192.0.2.1");
  CHECK(address_block("::ffff:192.0.2.1") == "192.0.2.1");
}

TEST_CASE("IPv6 addresses with the same first 64 bits count as one") {
  CHECK(address_block("2001:db8:1:2::1") == "2001:db8:1:2::/64");
  CHECK(address_block("2001:db8:1:2:ffff:ffff:ffff:ffff") == "2001:db8:1:2::/64");
  CHECK(address_block("2001:db8:1:3::1") == "2001:db8:1:3::/64");
  CHECK(address_block("::1") == "::/64");
  CHECK(address_block("fe80::1%eth0") == "fe80::/64");
}

TEST_CASE("a text that is not an address counts as itself") {
  CHECK(address_block("") == "");
  CHECK(address_block("unix") == "unix");
  CHECK(address_block("192.0.2") == "192.0.2");
}
