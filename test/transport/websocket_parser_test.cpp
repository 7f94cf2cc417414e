#include <doctest/doctest.h>

#include <bennu/transport/internal/websocket_parser.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace bennu;
using namespace std::literals;

static_assert(sizeof(websocket_parser) <= 64, "there is one for each idle connection");

namespace {

constexpr websocket_parser_options roomy{.max_frame_size = 1'000'000, .max_message_size = 1'000'000};
constexpr websocket_parser_options deflating{
    .max_frame_size = 1'000'000, .max_message_size = 1'000'000, .deflate = true};

using opcode = websocket_opcode;

struct frame_options {
  bool fin = true;
  unsigned rsv = 0;  // 4, 2 and 1 are RSV1, RSV2 and RSV3
  bool masked = true;
  std::size_t length_bytes = 0;                 // 2 or 8: that form, needed or not
  std::optional<std::uint64_t> announced = {};  // another size than the payload's
};

/// The bytes of one frame, as a client sends it.
std::string frame(opcode code, std::string_view payload, frame_options options = {}) {
  const auto size = options.announced.value_or(payload.size());
  auto length_bytes = options.length_bytes;
  if (length_bytes == 0) length_bytes = size > 0xFFFF ? 8 : size > 125 ? 2 : 0;
  std::string out;
  out += static_cast<char>((options.fin ? 0x80U : 0U) | options.rsv << 4 | static_cast<unsigned>(code));
  const auto length_code = length_bytes == 8 ? 127 : length_bytes == 2 ? 126 : size;
  out += static_cast<char>((options.masked ? 0x80U : 0U) | length_code);
  for (auto i = length_bytes; i-- > 0;) out += static_cast<char>(size >> 8 * i & 0xFF);
  if (!options.masked) return out += payload;
  constexpr auto mask = "\x9A\x01\xF3\x5C"sv;
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

std::string first(opcode code, std::string_view payload) { return frame(code, payload, {.fin = false}); }
std::string middle(std::string_view payload) { return frame(opcode::continuation, payload, {.fin = false}); }
std::string last(std::string_view payload) { return frame(opcode::continuation, payload); }

std::string close_frame(int code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return frame(opcode::close, payload.append(reason));
}

/// Records its calls, one line for each.
struct recorder final : websocket_sink {
  std::vector<std::string> lines;
  const char* latest_payload = nullptr;
  std::function<bool()> goes_on = [] { return true; };

  bool note(std::string_view what, std::span<const char> payload) {
    latest_payload = payload.data();
    lines.push_back(std::string{what} + ':' + std::string{payload.data(), payload.size()});
    return goes_on();
  }
  bool on_message(opcode code, std::span<char> payload, bool compressed) override {
    const auto kind = code == opcode::text ? "text"s : "binary"s;
    return note(compressed ? "compressed " + kind : kind, payload);
  }
  bool on_ping(std::span<const char> payload) override { return note("ping", payload); }
  bool on_pong(std::span<const char> payload) override { return note("pong", payload); }
  void on_close(std::optional<close_code> code, std::string_view reason) override {
    const auto number = code ? std::to_string(static_cast<int>(*code)) : "none";
    lines.push_back("close " + number + ':' + std::string{reason});
  }
};

/// Feeds pieces until the parser takes no more; a failure is one more line.
std::vector<std::string> outcome(websocket_parser_options options, const std::vector<std::string>& pieces) {
  websocket_parser parser{options};
  recorder sink;
  for (auto piece : pieces) {
    const auto [status, error] = parser.feed(piece, sink);
    if (status == feed_status::failed) {
      sink.lines.push_back("failed " + std::to_string(static_cast<int>(error.code)) + ':' + error.reason);
    }
    if (status != feed_status::consumed) break;
  }
  return sink.lines;
}

/// Checks the result of a stream that is fed at once, in two pieces in every way (in some ways if it is long), and byte
/// by byte.
void check(const std::string& stream, const std::vector<std::string>& expected,
           websocket_parser_options options = roomy) {
  CHECK(outcome(options, {stream}) == expected);
  std::vector<std::string> bytes;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    bytes.push_back(stream.substr(i, 1));
    if (stream.size() > 5000 && i > 100 && i % 101 != 0) continue;
    REQUIRE(outcome(options, {stream.substr(0, i), stream.substr(i)}) == expected);
  }
  CHECK(outcome(options, bytes) == expected);
}

}  // namespace

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
