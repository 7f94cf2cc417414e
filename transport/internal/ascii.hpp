#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Functions for characters of protocols: ASCII only, independent of the locale. Any thread may call them.
namespace bennu {

constexpr bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_ascii_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr char to_ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The value of a hexadecimal digit, or -1 for any other character.
constexpr int hex_value(char c) noexcept {
  if (is_ascii_digit(c)) return c - '0';
  const char lower = to_ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr bool is_ascii_hex_digit(char c) noexcept { return hex_value(c) >= 0; }

/// The text with A to Z in lower case, and all other bytes unchanged.
inline std::string to_ascii_lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result) c = to_ascii_lower(c);
  return result;
}

/// Compares two texts without regard to the case of A to Z.
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_ascii_lower(x) == to_ascii_lower(y); });
}

/// The text without the spaces and tabs around it, HTTP's optional white space (RFC 9110, section 5.6.3).
constexpr std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace bennu
