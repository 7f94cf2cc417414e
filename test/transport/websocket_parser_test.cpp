#include "websocket_parser_case.hpp"

using namespace bennu;
using namespace bennu::testing::parsing;
using namespace std::literals;

static_assert(sizeof(websocket_parser) <= 64, "there is one for each idle connection");

TEST_CASE("messages, pings and pongs are handed on in order, however the stream is split") {
  const std::string middling(126, 'm');
  const std::string large(70'000, 'l');
  check(frame(opcode::text, "hello") + frame(opcode::binary, "\x00\xFF"sv) + frame(opcode::text, "") +
            frame(opcode::ping, "") + frame(opcode::pong, "unasked") + frame(opcode::text, "é🚀") +
            frame(opcode::text, middling) + first(opcode::text, "one ") + middle("") + middle("two ") + last("three") +
            first(opcode::binary, "\xF0") + last("") + frame(opcode::ping, std::string(125, 'p')) + close_frame(1000),
        {"text:hello", "binary:\x00\xFF"s, "text:", "ping:", "pong:unasked", "text:é🚀", "text:" + middling,
         "text:one two three", "binary:\xF0", "ping:" + std::string(125, 'p'), "close 1000:"});
  check(frame(opcode::text, large) + first(opcode::binary, large) + last(middling),
        {"text:" + large, "binary:" + large + middling});
}

TEST_CASE("every length of payload up to 300 bytes arrives whole") {
  std::string payload;
  for (std::size_t size = 0; size <= 300; ++size, payload += static_cast<char>('a' + size % 26)) {
    CHECK(outcome(roomy, {frame(opcode::text, payload)}) == std::vector{"text:" + payload});
  }
}

TEST_CASE("control frames between fragments are handed on at once") {
  check(first(opcode::text, "a") + frame(opcode::ping, "mid") + middle("b") + frame(opcode::pong, "") + last("c"),
        {"ping:mid", "pong:", "text:abc"});
  check(first(opcode::text, "never ended") + close_frame(1001, "bye"), {"close 1001:bye"});
}

TEST_CASE("a character may be split over fragments") {
  check(first(opcode::text, "\xF0") + middle("\x9F\x9A") + middle("") + last("\x80"), {"text:🚀"});
}

TEST_CASE("a close frame ends the stream, and later bytes are ignored") {
  check(frame(opcode::close, "") + frame(opcode::text, "late"), {"close none:"});
  check(close_frame(1000, "é") + "\xFF\xFF\xFF", {"close 1000:é"});
  for (const auto code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999}) {
    check(close_frame(code), {"close " + std::to_string(code) + ":"});
  }
}

TEST_CASE("a violation of the protocol fails with 1002") {
  struct row {
    std::string bytes;
    std::string reason;
  };
  std::vector<row> rows{
      {frame(opcode::text, "x", {.masked = false}), "frame is not masked"},
      {frame(opcode::text, "", {.masked = false}), "frame is not masked"},
      {frame(opcode::text, "x", {.rsv = 4}), "RSV1 must not be set here"},
      {frame(opcode::text, "x", {.rsv = 2}), "reserved bit set"},
      {frame(opcode::text, "x", {.rsv = 1}), "reserved bit set"},
      {frame(opcode::ping, "", {.rsv = 1}), "reserved bit set"},
      {frame(opcode::ping, "", {.fin = false}), "control frame in fragments"},
      {frame(opcode::pong, "", {.fin = false}), "control frame in fragments"},
      {frame(opcode::close, "", {.fin = false}), "control frame in fragments"},
      {frame(opcode::ping, std::string(126, 'x')), "control frame over 125 bytes"},
      {frame(opcode::close, std::string(70'000, 'x')), "control frame over 125 bytes"},
      {frame(opcode::continuation, "x"), "continuation without a beginning"},
      {middle("x"), "continuation without a beginning"},
      {first(opcode::text, "x") + frame(opcode::text, "y"), "new message within a fragmented one"},
      {first(opcode::text, "x") + first(opcode::binary, "y"), "new message within a fragmented one"},
      {first(opcode::text, "") + frame(opcode::binary, ""), "new message within a fragmented one"},
      {frame(opcode::text, "x", {.announced = 1ULL << 63}), "length with its highest bit set"},
      {frame(opcode::text, "x", {.announced = ~0ULL}), "length with its highest bit set"},
      {frame(opcode::close, "\x03"), "close frame with half a code"},
  };
  for (const auto unknown : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    rows.push_back({frame(static_cast<opcode>(unknown), "x"), "unknown opcode"});
  }
  for (const auto code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535}) {
    rows.push_back({close_frame(code, "x"), "close frame with a code that may not be sent"});
  }
  for (const auto& [bytes, reason] : rows) {
    CAPTURE(reason);
    check(frame(opcode::ping, "before") + bytes, {"ping:before", "failed 1002:" + reason});
  }
}

TEST_CASE("bad text fails with 1007") {
  for (const auto& bytes :
       {frame(opcode::text, "\xFF"), frame(opcode::text, "a\xC3"), first(opcode::text, "a") + last("\xC3"),
        first(opcode::text, "\xC3") + last(""), first(opcode::text, "\xC3") + last("a"),
        first(opcode::text, "\xED") + last("\xA0\x80"), frame(opcode::text, std::string(200, 'x') + '\x80')}) {
    check(bytes, {"failed 1007:text message is not UTF-8"});
  }
  check(close_frame(1000, "\xFF"), {"failed 1007:close reason is not UTF-8"});
  check(first(opcode::text, "x") + close_frame(1000, "\xC3"), {"failed 1007:close reason is not UTF-8"});
}

TEST_CASE("bad text is found before the message, or even the frame, ends") {
  const std::vector<std::string> expected{"failed 1007:text message is not UTF-8"};
  CHECK(outcome(roomy, {first(opcode::text, "\xFF")}) == expected);
  CHECK(outcome(roomy, {first(opcode::text, "\xE2"), middle("\x82"), middle("\xFF")}) == expected);
  CHECK(outcome(roomy, {frame(opcode::text, "a\xFF", {.announced = 1000})}) == expected);
}

TEST_CASE("with deflate RSV1 on the first frame marks a compressed message, whose bytes may be anything") {
  check(frame(opcode::text, "\xFF", {.rsv = 4}) + frame(opcode::binary, "b", {.rsv = 4}) + frame(opcode::text, "plain"),
        {"compressed text:\xFF", "compressed binary:b", "text:plain"}, deflating);
  check(frame(opcode::text, "\xC3", {.fin = false, .rsv = 4}) + frame(opcode::ping, "p") + last("\xFF"),
        {"ping:p", "compressed text:\xC3\xFF"}, deflating);
  check(frame(opcode::text, "\xFF", {.rsv = 4}) + frame(opcode::text, "\xFF"),
        {"compressed text:\xFF", "failed 1007:text message is not UTF-8"}, deflating);
}

TEST_CASE("with deflate RSV1 is still an error on control frames and continuations") {
  const std::string expected = "failed 1002:RSV1 must not be set here";
  check(frame(opcode::ping, "", {.rsv = 4}), {expected}, deflating);
  check(first(opcode::text, "x") + frame(opcode::continuation, "y", {.rsv = 4}), {expected}, deflating);
}
