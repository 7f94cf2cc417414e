#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace load {

/// The kinds of WebSocket frames (RFC 6455, section 5.2).
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends a client's frame to `out`: masked, in one piece.
/// @param mask any number; must differ each time if the peer could choose the payload
void append_frame(std::string& out, opcode kind, std::string_view payload, std::uint32_t mask);

/// Parses a server's frames from a stream of bytes, and joins fragmented messages. Keeps only incomplete data.
class frame_reader {
public:
  /// Receives each message and each control frame. The bytes are valid during the call.
  /// @returns false to stop: the reader may be destroyed then, and is not touched again
  using sink = std::function<bool(opcode, std::string_view)>;

  /// @returns false if the server violated the protocol
  bool feed(std::string_view bytes, const sink& to);

private:
  std::string rest_;     ///< the beginning of a frame
  std::string message_;  ///< the fragments of a message so far
  opcode kind_ = opcode::continuation;
};

}  // namespace load
