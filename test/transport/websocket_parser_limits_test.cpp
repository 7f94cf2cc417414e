#include "websocket_parser_case.hpp"

using namespace bennu;
using namespace bennu::testing::parsing;
using namespace std::literals;

TEST_CASE("the frame limit counts the header") {
  constexpr websocket_parser_options options{.max_frame_size = 4096, .max_message_size = 1'000'000};
  const std::string fits(4096 - 8, 'x');
  check(frame(opcode::text, fits), {"text:" + fits}, options);
  check(frame(opcode::text, fits + 'x'), {"failed 1009:frame over the size limit"}, options);
  check(first(opcode::text, fits) + last(fits), {"text:" + fits + fits}, options);
}

TEST_CASE("the message limit counts the payloads of all fragments") {
  constexpr websocket_parser_options options{.max_frame_size = 1000, .max_message_size = 10};
  const std::string expected = "failed 1009:message over the size limit";
  check(frame(opcode::text, "0123456789"), {"text:0123456789"}, options);
  check(frame(opcode::text, "0123456789a"), {expected}, options);
  check(first(opcode::text, "01234") + frame(opcode::ping, std::string(100, 'p')) + middle("56789") + last(""),
        {"ping:" + std::string(100, 'p'), "text:0123456789"}, options);
  check(first(opcode::text, "01234") + middle("56789") + last("a"), {expected}, options);
}

TEST_CASE("a size over a limit is found in the header, before any payload is there") {
  for (const auto size : std::vector<std::uint64_t>{1'000'000, 1ULL << 40, (1ULL << 63) - 1}) {
    check(frame(opcode::text, "", {.announced = size}), {"failed 1009:frame over the size limit"});
  }
}

TEST_CASE("a whole message is handed on as a view of the input") {
  recorder sink;
  websocket_parser parser{roomy};
  auto bytes = frame(opcode::ping, "x") + frame(opcode::text, "hello");
  CHECK(parser.feed(bytes, sink).status == feed_status::consumed);
  CHECK(sink.lines == std::vector{"ping:x"s, "text:hello"s});
  CHECK(sink.latest_payload == bytes.data() + bytes.size() - 5);
}

TEST_CASE("a parser holds heap memory only while a message or control frame has begun and not ended") {
  websocket_parser parser{roomy};
  recorder sink;
  const auto heap_after = [&](std::string bytes) {
    CHECK(parser.feed(bytes, sink).status == feed_status::consumed);
    return parser.heap_size();
  };
  CHECK(parser.heap_size() == 0);
  CHECK(heap_after(frame(opcode::text, "whole")) == 0);
  const auto text = frame(opcode::text, "cut");
  CHECK(heap_after(text.substr(0, 5)) == 0);  // still within the header
  CHECK(heap_after(text.substr(5)) == 0);
  CHECK(heap_after(text.substr(0, 7)) > 0);
  CHECK(heap_after(text.substr(7)) == 0);
  CHECK(heap_after(first(opcode::text, "one")) > 0);
  CHECK(heap_after(last("two")) == 0);
  const auto ping = frame(opcode::ping, "cut");
  CHECK(heap_after(ping.substr(0, 7)) > 0);
  CHECK(heap_after(ping.substr(7)) == 0);
}

TEST_CASE("memory grows with the received bytes, not with the announced ones") {
  constexpr std::size_t announced = 900'000;
  websocket_parser parser{roomy};
  recorder sink;
  auto header = frame(opcode::binary, "", {.announced = announced});
  CHECK(parser.feed(header, sink).status == feed_status::consumed);
  CHECK(parser.heap_size() <= 256);
  std::size_t most = 0;
  for (std::size_t arrived = 1000; arrived < announced; arrived += 1000) {
    std::string piece(1000, 'x');
    CHECK(parser.feed(piece, sink).status == feed_status::consumed);
    REQUIRE(parser.heap_size() <= 2 * arrived + 1024);
    most = std::max(most, parser.heap_size());
  }
  CHECK(most <= announced + 256);
  CHECK(sink.lines.empty());
}

TEST_CASE("a failure releases the memory of a message that had begun") {
  websocket_parser parser{roomy};
  recorder sink;
  auto bytes = first(opcode::text, "x") + frame(opcode::text, "y");
  CHECK(parser.feed(bytes, sink).status == feed_status::failed);
  CHECK(parser.heap_size() == 0);
}

TEST_CASE("the sink may stop and destroy the parser in any call") {
  const auto whole = [](opcode code) { return std::vector{frame(code, "stop here") + frame(opcode::text, "never")}; };
  const auto halves = [&](opcode code) {
    const auto bytes = whole(code).front();
    return std::vector{bytes.substr(0, 9), bytes.substr(9)};
  };
  const std::vector fragments{first(opcode::text, "stop "), last("here") + frame(opcode::text, "never")};
  const std::vector between{first(opcode::text, "a"), frame(opcode::ping, "stop here") + last("never")};
  for (const auto& pieces : {whole(opcode::text), whole(opcode::ping), whole(opcode::pong), halves(opcode::text),
                             halves(opcode::ping), halves(opcode::pong), fragments, between}) {
    auto parser = std::make_unique<websocket_parser>(roomy);
    recorder sink;
    sink.goes_on = [&] {
      parser.reset();
      return false;
    };
    auto status = feed_status::consumed;
    for (auto piece : pieces) status = parser->feed(piece, sink).status;
    CHECK(status == feed_status::stopped);
    REQUIRE(sink.lines.size() == 1);
    CHECK(sink.lines[0].ends_with(":stop here"));
  }
}
