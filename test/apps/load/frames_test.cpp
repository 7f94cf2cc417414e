#include <load/frames.hpp>

#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace {

using load::frame_reader;
using load::opcode;
using messages = std::vector<std::pair<opcode, std::string>>;

/// A server's frame: not masked.
std::string from_server(std::uint8_t first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    frame += static_cast<char>(126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xFF);
  }
  return frame.append(payload);
}

struct reading {
  frame_reader reader;
  messages seen;

  bool feed(std::string_view bytes) {
    return reader.feed(bytes, [this](opcode kind, std::string_view payload) {
      seen.emplace_back(kind, payload);
      return true;
    });
  }
};

TEST_CASE("a client's frame is masked: its payload comes back with the mask taken off") {
  std::string out = "before";
  load::append_frame(out, opcode::text, "hello", 0x01020304);
  REQUIRE(out.size() == 6 + 2 + 4 + 5);
  CHECK(out.substr(6, 6) == std::string{"\x81\x85\x01\x02\x03\x04"});
  CHECK(out[12] == static_cast<char>('h' ^ 1));
  CHECK(out[16] == static_cast<char>('o' ^ 1));
}

TEST_CASE("a client's frame has the shortest header for its size") {
  for (const auto& [payload, header] : {std::pair{125, 6}, {126, 8}, {0xFFFF, 8}, {0x10000, 14}}) {
    std::string out;
    load::append_frame(out, opcode::text, std::string(static_cast<std::size_t>(payload), 'x'), 7);
    CHECK(out.size() == static_cast<std::size_t>(payload + header));
  }
}

TEST_CASE("a server's messages are found however the bytes are cut") {
  const auto bytes = from_server(0x81, "one") + from_server(0x82, std::string(300, 'b')) + from_server(0x89, "ping") +
                     from_server(0x81, "");
  const messages expected{
      {opcode::text, "one"}, {opcode::binary, std::string(300, 'b')}, {opcode::ping, "ping"}, {opcode::text, ""}};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    reading r;
    for (std::size_t i = 0; i < bytes.size(); i += piece) REQUIRE(r.feed(std::string_view{bytes}.substr(i, piece)));
    CHECK(r.seen == expected);
  }
}

TEST_CASE("a message in several frames is put together, around a ping") {
  reading r;
  CHECK(r.feed(from_server(0x01, "a") + from_server(0x00, "b") + from_server(0x89, "!") + from_server(0x80, "c")));
  CHECK(r.seen == messages{{opcode::ping, "!"}, {opcode::text, "abc"}});
}

TEST_CASE("frames that a server must not send are refused") {
  CHECK_FALSE(reading{}.feed(from_server(0xC1, "compressed, though nobody asked for it")));
  CHECK_FALSE(reading{}.feed(std::string{"\x81\x85mask-hello"}));
  CHECK_FALSE(reading{}.feed(from_server(0x80, "goes on with nothing")));
  CHECK_FALSE(reading{}.feed(from_server(0x01, "a") + from_server(0x81, "another within it")));
  CHECK_FALSE(reading{}.feed(from_server(0x09, "a ping in pieces")));
  CHECK_FALSE(reading{}.feed(from_server(0x83, "no such kind")));
}

TEST_CASE("a reader whose sink has had enough hands over nothing more") {
  frame_reader reader;
  int calls = 0;
  CHECK(reader.feed(from_server(0x81, "one") + from_server(0x81, "two"),
                    [&](opcode, std::string_view) { return ++calls == 0; }));
  CHECK(calls == 1);
}

}  // namespace
