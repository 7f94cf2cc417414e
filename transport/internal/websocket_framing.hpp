#pragma once

#include <array>
#include <bennu/transport/close_code.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The parts of WebSocket frames (RFC 6455, section 5) that do not depend on a connection. Any thread may call them.
namespace bennu {

/// The kind of a frame (section 5.2).
enum class websocket_opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// True for close, ping and pong. They may come between the fragments of a message, and are never fragmented
/// themselves.
constexpr bool is_control(websocket_opcode opcode) noexcept { return opcode >= websocket_opcode::close; }

/// The longest header of a client's frame, in bytes: two, eight of length, four of mask.
inline constexpr std::size_t max_client_header_size = 14;
/// The longest header of a server's frame, in bytes. It has no mask.
inline constexpr std::size_t max_server_header_size = 10;
/// The longest payload of a control frame, in bytes (section 5.5).
inline constexpr std::size_t max_control_payload_size = 125;

/// The reason why a connection has to end: the code for the close frame, and a sentence for its reason and for the log.
struct websocket_error {
  close_code code;
  const char* reason;  ///< valid for ever, and short enough for a close frame
};

/// Writes the header of an unmasked frame, with the shortest length form.
/// @param out room for `max_server_header_size` bytes
/// @param payload_size in bytes, below 2^63
/// @returns the header's size in bytes: 2, 4 or 10
std::size_t write_frame_header(char* out, websocket_opcode opcode, bool fin, bool rsv1,
                               std::uint64_t payload_size) noexcept;

/// The four bytes that a client's payload is XORed with (section 5.3), in the order they were sent.
using websocket_mask = std::array<char, 4>;

/// Masks, or unmasks, `payload` in place.
/// @param offset the position of `payload` in the frame's payload, in bytes
void apply_mask(std::span<char> payload, websocket_mask mask, std::uint64_t offset = 0) noexcept;

/// True if an endpoint may put this code into a close frame (section 7.4 and the IANA registry).
bool may_be_sent(close_code code) noexcept;

/// Returns the payload of a close frame. The reason is cut, between two characters, to the 123 bytes that fit.
/// @param code one that may be sent, or nothing (and then no reason) for an empty payload
std::string close_payload(std::optional<close_code> code, std::string_view reason = {});

/// The content of a close frame.
struct close_info {
  std::optional<close_code> code;  ///< empty if the payload was empty
  std::string_view reason;         ///< UTF-8; a view of the payload
};

/// Reads the (unmasked) payload of a close frame.
/// @returns an error for a single byte, for a code that may not be sent, and for a reason that is not UTF-8
std::variant<close_info, websocket_error> parse_close_payload(std::span<const char> payload) noexcept;

}  // namespace bennu
