#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/websocket_framing.hpp>
#include <cstring>

namespace bennu {
namespace {

void write_big_endian(char* out, std::uint64_t value, std::size_t size) noexcept {
  for (auto i = size; i-- > 0; value >>= 8) out[i] = static_cast<char>(value & 0xFF);
}

/// `text` cut to at most `max_size` bytes, between two characters.
std::string_view cut_text(std::string_view text, std::size_t max_size) noexcept {
  if (text.size() <= max_size) return text;
  const auto within_character = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  auto size = max_size;
  while (size > 0 && within_character(size)) --size;
  return text.substr(0, size);
}

}  // namespace

std::size_t write_frame_header(char* out, websocket_opcode opcode, bool fin, bool rsv1,
                               std::uint64_t payload_size) noexcept {
  out[0] = static_cast<char>((fin ? 0x80U : 0U) | (rsv1 ? 0x40U : 0U) | static_cast<unsigned>(opcode));
  if (payload_size <= 125) {
    out[1] = static_cast<char>(payload_size);
    return 2;
  }
  if (payload_size <= 0xFFFF) {
    out[1] = 126;
    write_big_endian(out + 2, payload_size, 2);
    return 4;
  }
  out[1] = 127;
  write_big_endian(out + 2, payload_size, 8);
  return 10;
}

void apply_mask(std::span<char> payload, websocket_mask mask, std::uint64_t offset) noexcept {
  std::array<char, 8> turned;  // the mask twice, rotated to the beginning of `payload`
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(offset + i) % mask.size()];
  std::uint64_t key;
  std::memcpy(&key, turned.data(), sizeof key);

  auto* at = payload.data();
  auto left = payload.size();
  for (; left >= sizeof key; at += sizeof key, left -= sizeof key) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= key;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ turned[i]);
}

bool may_be_sent(close_code code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014) || (number >= 3000 && number <= 4999);
}

std::string close_payload(std::optional<close_code> code, std::string_view reason) {
  if (!code) return {};
  std::string payload(2, '\0');
  write_big_endian(payload.data(), static_cast<std::uint16_t>(*code), 2);
  payload += cut_text(reason, max_control_payload_size - payload.size());
  return payload;
}

std::variant<close_info, websocket_error> parse_close_payload(std::span<const char> payload) noexcept {
  if (payload.empty()) return close_info{};
  if (payload.size() == 1) return websocket_error{close_code::protocol_error, "close frame with half a code"};
  const auto code =
      static_cast<close_code>(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
  if (!may_be_sent(code)) {
    return websocket_error{close_code::protocol_error, "close frame with a code that may not be sent"};
  }
  const std::string_view reason{payload.data() + 2, payload.size() - 2};
  if (!is_valid_utf8(reason)) return websocket_error{close_code::invalid_payload, "close reason is not UTF-8"};
  return close_info{code, reason};
}

}  // namespace bennu
