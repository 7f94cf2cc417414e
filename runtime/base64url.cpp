#include <bennu/runtime/base64url.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace bennu {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_symbol = 64;

/// The value of each symbol, `no_symbol` for all other bytes.
constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_symbol);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
  std::uint32_t window = 0;
  int bits = 0;
  for (const char byte : bytes) {
    window = window << 8 | static_cast<std::uint8_t>(byte);
    for (bits += 8; bits >= 6;) out.push_back(alphabet[window >> (bits -= 6) & 63]);
  }
  if (bits > 0) out.push_back(alphabet[window << (6 - bits) & 63]);
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 0) {
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  }
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t window = 0;
  int bits = 0;
  for (const char symbol : text) {
    const auto value = values[static_cast<std::uint8_t>(symbol)];
    if (value == no_symbol) return std::nullopt;
    window = window << 6 | value;
    bits += 6;
    if (bits >= 8) bytes.push_back(static_cast<char>(window >> (bits -= 8)));
  }
  const auto left_over = window & ((1U << bits) - 1);
  if (bits == 6 || left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace bennu
