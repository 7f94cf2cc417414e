#include <bennu/pubsub/remote_message.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::broadcast;
using bennu::json;
using bennu::published;

namespace {

template <class T>
void check(const T& message) {
  std::string bytes;
  encode_remote(bytes, message);
  const auto read = bennu::decode_remote(bytes, 64);
  REQUIRE(read.has_value());
  const auto* same = std::get_if<T>(&read->content);
  REQUIRE(same != nullptr);
  CHECK(same->topic == message.topic);
  if constexpr (std::is_same_v<T, broadcast>) {
    CHECK(same->event == message.event);
    CHECK(same->payload == message.payload);
  } else {
    CHECK(same->message == message.message);
  }
  // No part of the message can be read, except that a payload of bytes may be shorter.
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto part = bennu::decode_remote(std::string_view{bytes}.substr(0, n), 64);
    if constexpr (std::is_same_v<T, broadcast>) {
      if (message.payload.is_binary() && part) continue;
    }
    CHECK_FALSE(part.has_value());
  }
}

}  // namespace

TEST_CASE("broadcasts and published messages arrive as they were sent") {
  check(
      broadcast{"room:lobby", "shout", {{"text", "h\u00e9"}, {"n", 1}, {"x", 1.0}, {"list", json::array{1, nullptr}}}});
  check(broadcast{"", "", {}});
  check(broadcast{"t", "of a client of version 1", json{"text"}});
  check(broadcast{std::string(70'000, 't'), std::string("e\0e", 3), bennu::binary{std::string("\0\1\2", 3)}});
  check(published{"t", json{{"deep", json::array{json::array{}}}}});
  check(published{"t", json{"text"}});
}

TEST_CASE("a broadcast that is not kept by its sender's node is not kept by another") {
  for (const auto& payload : {bennu::payload{}, bennu::payload{bennu::binary{"bytes"}}}) {
    const broadcast sent{"room:lobby", "typing", payload};
    std::string kept;
    std::string transient;
    encode_remote(kept, sent);
    encode_remote(transient, sent, bennu::retention::transient);
    CHECK(bennu::decode_remote(kept, 64)->retention == bennu::retention::kept);
    const auto read = bennu::decode_remote(transient, 64);
    REQUIRE(read.has_value());
    CHECK(read->retention == bennu::retention::transient);
    CHECK(std::get<broadcast>(read->content).payload == payload);
  }
}

TEST_CASE("malformed messages of another node are refused") {
  CHECK_FALSE(bennu::decode_remote(std::string("\0\0\0\0\0", 5), 64));
  CHECK_FALSE(bennu::decode_remote("\x09", 64));
  CHECK(bennu::decode_remote(std::string("\x01\0\0\0\0\0\0\0\0{}", 11), 64));
  for (const char kind : {'\0', '\6'}) {
    CHECK_FALSE(bennu::decode_remote(std::string(1, kind) + std::string("\0\0\0\0\0\0\0\0{}", 10), 64));
  }
  CHECK_FALSE(bennu::decode_remote(std::string("\x03\xff\xff\xff\xff{}", 7), 64));
  CHECK_FALSE(bennu::decode_remote(std::string("\x01\0\0\0\0\0\0\0\0[", 10), 64));
  CHECK_FALSE(bennu::decode_remote(std::string("\x03\0\0\0\0[[]]", 9), 1));
}

TEST_CASE("a broadcast that is kept arrives with its place") {
  for (const auto& payload : {bennu::payload{}, bennu::payload{bennu::binary{"bytes"}}}) {
    const broadcast sent{"room:lobby", "shout", payload};
    std::string bytes;
    encode_remote(bytes, sent, bennu::remote_place{bennu::stream_id{7}, 8, 9});
    const auto read = bennu::decode_remote(bytes, 64);
    REQUIRE(read.has_value());
    REQUIRE(read->place.has_value());
    CHECK(read->place->stream == bennu::stream_id{7});
    CHECK(read->place->seq == 8);
    CHECK(read->place->session == 9);
    CHECK(read->retention == bennu::retention::kept);
    CHECK(std::get<broadcast>(read->content).event == "shout");
    std::string without;
    encode_remote(without, sent, bennu::remote_place{bennu::stream_id{7}, 0, 9});
    CHECK_FALSE(bennu::decode_remote(without, 64).has_value());
  }
}
