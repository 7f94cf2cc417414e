#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/internal/websocket_parser.hpp>

#include <doctest/doctest.h>

namespace bennu::testing::parsing {

using namespace std::literals;

inline constexpr websocket_parser_options roomy{.max_frame_size = 1'000'000, .max_message_size = 1'000'000};
inline constexpr websocket_parser_options deflating{
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
inline std::string frame(opcode code, std::string_view payload, frame_options options = {}) {
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

inline std::string first(opcode code, std::string_view payload) { return frame(code, payload, {.fin = false}); }
inline std::string middle(std::string_view payload) { return frame(opcode::continuation, payload, {.fin = false}); }
inline std::string last(std::string_view payload) { return frame(opcode::continuation, payload); }

inline std::string close_frame(int code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return frame(opcode::close, payload.append(reason));
}

/// Records its calls, one line for each.
struct recorder final : websocket_sink {
  std::vector<std::string> lines;
  const char* latest_payload = nullptr;
  std::function<bool()> goes_on = [] { return true; };

  bool note(std::string_view call, std::span<const char> payload) {
    latest_payload = payload.data();
    lines.push_back(std::string{call} + ':' + std::string{payload.data(), payload.size()});
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
inline std::vector<std::string> outcome(websocket_parser_options options, const std::vector<std::string>& pieces) {
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
inline void check(const std::string& stream, const std::vector<std::string>& expected,
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

}  // namespace bennu::testing::parsing
