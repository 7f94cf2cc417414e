#include <bennu/channels/internal/server_sent_events.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

const server_sent_events wire{2};
const message_reference one{"1"};

std::string text(const ref<const frame>& encoded) { return std::string{encoded->wire()}; }

}  // namespace

TEST_CASE("a broadcast and a push are an event each, with the payload in one line") {
  CHECK(text(wire.broadcast({"room:1", "shout", {{"body", "one\ntwo\r\nthree"}}})) ==
        "event: shout\ndata: {\"body\":\"one\\ntwo\\r\\nthree\"}\n\n");
  CHECK(text(wire.push(one, "room:1", "greeting", {{"n", 1}})) == "event: greeting\ndata: {\"n\":1}\n\n");
  CHECK(text(wire.push(one, "room:1", "list", json{json::array{1, 2}})) == "event: list\ndata: [1,2]\n\n");
}

TEST_CASE("bytes are base64 in an object") {
  CHECK(text(wire.broadcast({"room:1", "shout", binary{std::string{"\0\xff\n", 3}}})) ==
        "event: shout\ndata: {\"base64\":\"AP8K\"}\n\n");
}

TEST_CASE("a position is the id of its event, or an id alone") {
  CHECK(text(wire.broadcast({"log:1", "shout", {}}, "@AbC")) == "event: shout\ndata: {}\nid: @AbC\n\n");
  CHECK(text(wire.broadcast({"log:1", "shout", binary{"a"}}, "@AbC")) ==
        "event: shout\ndata: {\"base64\":\"YQ==\"}\nid: @AbC\n\n");
  CHECK(text(wire.push(one, "log:1", "private", {}, "@AbC")) == "event: private\ndata: {}\nid: @AbC\n\n");
  CHECK(text(wire.broadcast({"log:1", "$position", {}}, "@AbC")) == "id: @AbC\n\n");
  CHECK(wire.has_place_for_position(binary{"a"}));
}

TEST_CASE("the answer to the join is the event phx_reply, with the position at the join") {
  const payload content{{"a", 1}};
  CHECK(text(wire.reply({one, one, "log:1", "ok", content, nullptr, "@AbC"})) ==
        "event: phx_reply\ndata: {\"status\":\"ok\",\"response\":{\"a\":1}}\nid: @AbC\n\n");
  const payload bytes{binary{"a"}};
  CHECK(text(wire.reply({one, one, "log:1", "ok", bytes})) ==
        "event: phx_reply\ndata: {\"status\":\"ok\",\"response\":{\"base64\":\"YQ==\"}}\n\n");
}

TEST_CASE("the end of the channel is an event") {
  CHECK(text(wire.ended(one, "room:1", "phx_close", {})) == "event: phx_close\ndata: {}\n\n");
}

TEST_CASE("an event whose name would end its line cannot be expressed") {
  for (const auto name : {std::string_view{"a\nb"}, std::string_view{"a\r"}, std::string_view{"a\0b", 3},
                          std::string_view{"\ndata: forged"}}) {
    CHECK_FALSE(wire.can_name(name));
    CHECK(wire.broadcast({"room:1", std::string{name}, {}}) == nullptr);
    CHECK_THROWS_AS(wire.push(one, "room:1", name, {}), std::invalid_argument);
  }
  CHECK(wire.can_name(" a: b\u2028"));
}

TEST_CASE("no value of a payload begins a line of its own") {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const auto sent = text(wire.broadcast({"room:1", "shout", {{every_byte, every_byte}}}));
  CHECK(std::count(sent.begin(), sent.end(), '\n') == 3);
  CHECK(sent.find('\r') == std::string::npos);
  CHECK(sent.find('\0') == std::string::npos);
}

TEST_CASE("a client of server-sent events sends no messages") {
  message none;
  CHECK(wire.decode(message_kind::text, "[]", 9, none));
  CHECK(wire.decode_head(message_kind::text, "[]", 9, none));
}
