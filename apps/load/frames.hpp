#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace load {

/// The kinds of WebSocket frames (RFC 6455, section 5.2).
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends a client's frame to `out`: masked, in one piece.
/// @param mask any number; another one each time where that matters
void append_frame(std::string& out, opcode kind, std::string_view payload, std::uint32_t mask);

/// Takes a server's frames out of a stream of bytes, and puts messages in several pieces together. Keeps only what is
/// incomplete.
class frame_reader {
public:
  /// Hears of each message and of each control frame; the bytes are valid during the call.
  /// @returns whether to go on: otherwise the reader may be gone, and is not touched again
  using sink = std::function<bool(opcode, std::string_view)>;

  /// @returns false where the server sent what it must not
  bool feed(std::string_view bytes, const sink& to);

private:
  std::string rest_;     ///< the beginning of a frame
  std::string message_;  ///< the pieces of a message so far
  opcode kind_ = opcode::continuation;
};

}  // namespace load
