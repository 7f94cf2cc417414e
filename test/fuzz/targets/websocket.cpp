#include <bennu/transport/internal/websocket_parser.hpp>

#include <algorithm>
#include <string>

#include <bennu/runtime/utf8.hpp>

#include "../fuzz.hpp"

namespace {

constexpr std::size_t most_bytes_a_frame = 4096;
constexpr std::size_t most_bytes_a_message = 8192;

/// Records the messages that a parser finds.
class recording_sink final : public bennu::websocket_sink {
public:
  bool on_message(bennu::websocket_opcode opcode, std::span<char> payload, bool compressed) override {
    require(payload.size() <= most_bytes_a_message, "no message is larger than allowed");
    if (opcode == bennu::websocket_opcode::text && !compressed) {
      require(bennu::is_valid_utf8({payload.data(), payload.size()}), "texts are UTF-8");
    }
    return note(compressed ? 'c' : 'm', payload);
  }
  bool on_ping(std::span<const char> payload) override { return note('i', payload); }
  bool on_pong(std::span<const char> payload) override { return note('o', payload); }
  void on_close(std::optional<bennu::close_code> code, std::string_view reason) override {
    require(!code || bennu::may_be_sent(*code), "no code that may not be sent");
    require(bennu::is_valid_utf8(reason), "reasons are UTF-8");
    note('x', reason);
  }

  std::string heard;

private:
  bool note(char call, std::span<const char> payload) {
    require(call == 'm' || call == 'c' || payload.size() <= bennu::max_control_payload_size,
            "control frames are short");
    heard += call + std::to_string(payload.size()) + ':';
    heard.append(payload.data(), payload.size());
    return true;
  }
};

/// The messages that a parser finds if the bytes come in pieces of this size, and its end.
std::string outcome(std::string_view input, bool deflate, std::size_t piece_size) {
  bennu::websocket_parser parser{{most_bytes_a_frame, most_bytes_a_message, deflate}};
  recording_sink sink;
  std::string bytes{input};
  for (std::span<char> left = bytes; !left.empty();) {
    const auto piece = left.first(std::min(piece_size, left.size()));
    left = left.subspan(piece.size());
    const auto result = parser.feed(piece, sink);
    require(parser.heap_size() <= most_bytes_a_message + 1024, "memory is bounded");
    if (result.status == bennu::feed_status::stopped) return sink.heard + "stopped";
    if (result.status == bennu::feed_status::failed) return sink.heard + result.error.reason;
  }
  return sink.heard;
}

}  // namespace

void try_input(std::string_view input) {
  const auto choice = take_byte(input);
  const bool deflate = (choice & 1) != 0;
  const auto whole = outcome(input, deflate, input.size() + 1);
  require(outcome(input, deflate, 1) == whole, "bytes that come one by one mean the same");
  require(outcome(input, deflate, 1 + choice / 2) == whole, "bytes that come in pieces mean the same");
}
