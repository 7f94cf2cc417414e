#include <bennu/runtime/base64.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace bennu {
namespace {

constexpr std::string_view symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::int8_t no_symbol = -1;

/// The value of each symbol, indexed by byte.
constexpr auto values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(no_symbol);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    table[static_cast<unsigned char>(symbols[i])] = static_cast<std::int8_t>(i);
  }
  table['-'] = table['+'];
  table['_'] = table['/'];
  return table;
}();

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t window = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    window = window << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6;) text.push_back(symbols[window >> (bits -= 6) & 63]);
  }
  if (bits > 0) text.push_back(symbols[window << (6 - bits) & 63]);
  text.resize((text.size() + 3) / 4 * 4, '=');
  return text;
}

std::string base64_url_encode(std::string_view bytes) {
  auto text = base64_encode(bytes);
  text.resize(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 == 0) {
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t window = 0;
  unsigned bits = 0;
  for (const char symbol : text) {
    const auto value = values[static_cast<unsigned char>(symbol)];
    if (value == no_symbol) return std::nullopt;
    window = window << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) bytes.push_back(static_cast<char>(window >> (bits -= 8)));
  }
  return bytes;
}

}  // namespace bennu
