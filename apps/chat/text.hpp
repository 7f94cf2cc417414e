#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The texts of visitors: names of people and rooms, and messages.
namespace chat {

inline constexpr std::size_t max_name_bytes = 40;
inline constexpr std::size_t max_room_bytes = 40;
inline constexpr std::size_t max_body_bytes = 4'000;
inline constexpr std::size_t max_id_bytes = 64;

/// A name without invisible characters, without characters that change the direction of others, and with single spaces
/// between its words only. Names that differ in nothing else would look alike, and one visitor could pose as another.
///
/// @param name UTF-8
std::string cleaned(std::string_view name);

/// A rule for a field (see bennu::described): the text shows something, and has no ASCII control characters except
/// those in `allowed`.
inline auto visible(std::string_view allowed = {}) {
  return [allowed](std::string_view text) -> std::string {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_control = byte < ' ' || byte == 0x7F;
      if (is_control && allowed.find(c) == std::string_view::npos) return "expected text without control characters";
    }
    return cleaned(text).empty() ? "expected text, got only white space" : std::string{};
  };
}

}  // namespace chat
