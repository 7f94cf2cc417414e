#include <bennu/channels/serializer.hpp>

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace {

using bennu::binary;
using bennu::json;
using bennu::message_kind;
using bennu::message_reference;

const bennu::v2_json v2{0};
constexpr std::size_t max_depth = 8;

std::string wire_text(const bennu::ref<const bennu::frame>& frame) { return std::string{frame->payload()}; }

/// A binary push of a client: a kind, the sizes of four fields, the fields, the data.
std::string binary_push(const std::string& join_ref, const std::string& ref, const std::string& topic,
                        const std::string& event, const std::string& data) {
  std::string bytes(1, '\0');
  for (const auto* field : {&join_ref, &ref, &topic, &event}) bytes.push_back(static_cast<char>(field->size()));
  return bytes + join_ref + ref + topic + event + data;
}

std::optional<bennu::malformed> decode(message_kind kind, std::string_view bytes, bennu::message& into) {
  return v2.decode(kind, bytes, max_depth, into);
}

bool is_malformed(message_kind kind, std::string_view bytes) {
  bennu::message ignored;
  return decode(kind, bytes, ignored).has_value();
}

TEST_CASE("a text message is an array of five elements") {
  bennu::message got;
  REQUIRE_FALSE(decode(message_kind::text, R"(["1","2","room:a","echo",{"n":1}])", got));
  CHECK(got.join_ref.text() == R"("1")");
  CHECK(got.ref.text() == R"("2")");
  CHECK(got.topic == "room:a");
  CHECK(got.event == "echo");
  CHECK(got.payload == bennu::payload{{"n", 1}});
  CHECK(is_malformed(message_kind::text, R"(["1","2","room:a","echo"])"));
  CHECK(is_malformed(message_kind::text, R"({"topic":"room:a"})"));
}

TEST_CASE("a binary push is read with its bytes as they are") {
  bennu::message got;
  const std::string data("\0\xFF\x80", 3);
  REQUIRE_FALSE(decode(message_kind::binary, binary_push("1", "2", "room:a", "upload", data), got));
  CHECK(got.join_ref.text() == R"("1")");
  CHECK(got.ref.text() == R"("2")");
  CHECK(got.topic == "room:a");
  CHECK(got.event == "upload");
  REQUIRE(got.payload.if_binary() != nullptr);
  CHECK(got.payload.if_binary()->data == data);
}

TEST_CASE("each field of a binary push is UTF-8") {
  const std::string bad = "\xC3";
  CHECK(is_malformed(message_kind::binary, binary_push(bad, "2", "t", "e", "")));
  CHECK(is_malformed(message_kind::binary, binary_push("1", bad, "t", "e", "")));
  CHECK(is_malformed(message_kind::binary, binary_push("1", "2", bad, "e", "")));
  CHECK(is_malformed(message_kind::binary, binary_push("1", "2", "t", bad, "")));
}

TEST_CASE("a binary push that is cut off in its head or its fields is malformed") {
  const auto whole = binary_push("1", "2", "room:a", "upload", "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(is_malformed(message_kind::binary, std::string_view{whole}.substr(0, size)));
  }
  CHECK_FALSE(is_malformed(message_kind::binary, whole));
}

TEST_CASE("a binary message of another kind than a push is malformed") {
  auto bytes = binary_push("1", "2", "room:a", "upload", "");
  for (const char kind : {'\1', '\2', '\xFF'}) {
    bytes.front() = kind;
    CHECK(is_malformed(message_kind::binary, bytes));
  }
}

TEST_CASE("each field of a binary message may have 255 bytes, and no more") {
  const std::string longest(255, 'x');
  const std::string too_long(256, 'x');
  const bennu::payload bytes = binary{"data"};
  const message_reference one{"1"};
  const message_reference long_ref{too_long};
  CHECK(wire_text(v2.push(message_reference{longest}, longest, longest, bytes)).size() == 1 + 3 + 3 * 255 + 4);
  CHECK_THROWS_AS(v2.push(long_ref, "t", "e", bytes), std::invalid_argument);
  CHECK_THROWS_AS(v2.push(one, too_long, "e", bytes), std::invalid_argument);
  CHECK_THROWS_AS(v2.push(one, "t", too_long, bytes), std::invalid_argument);
  CHECK_THROWS_AS(v2.reply({one, long_ref, "t", "ok", bytes}), std::invalid_argument);
  CHECK_THROWS_AS(v2.reply({one, one, "t", too_long, bytes}), std::invalid_argument);
}

TEST_CASE("a binary broadcast with a topic or an event of more than 255 bytes cannot be expressed") {
  const std::string longest(255, 'x');
  const std::string too_long(256, 'x');
  CHECK(v2.broadcast({longest, longest, binary{"data"}}) != nullptr);
  CHECK(v2.broadcast({too_long, "e", binary{"data"}}) == nullptr);
  CHECK(v2.broadcast({"t", too_long, binary{"data"}}) == nullptr);
}

TEST_CASE("a broadcast is an array without references, and its payload an object") {
  CHECK(wire_text(v2.broadcast({"room:a", "news", json{{"n", 1}}})) == R"([null,null,"room:a","news",{"n":1}])");
  CHECK(v2.broadcast({"room:a", "news", json{1}}) == nullptr);
  CHECK_THROWS_AS(v2.push(message_reference{"1"}, "room:a", "news", json{1}), std::invalid_argument);
}

TEST_CASE("a null reference is an empty field of a binary message, and a number is its text") {
  CHECK(wire_text(v2.push({}, "t", "e", binary{"d"})) == std::string{"\0\0\1\1ted", 7});
  CHECK(wire_text(v2.push(message_reference{12}, "t", "e", binary{"d"})) == std::string{"\0\2\1\1"
                                                                                        "12ted",
                                                                                        9});
}

}  // namespace
