#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What names and messages may look like: rules for the fields of structs (see bennu::described).
namespace chat {

inline constexpr std::size_t max_name_bytes = 40;
inline constexpr std::size_t max_room_bytes = 40;
inline constexpr std::size_t max_body_bytes = 4'000;
inline constexpr std::size_t max_id_bytes = 64;

/// A rule: there is something to see, and no control character but those in `allowed`.
constexpr auto visible(std::string_view allowed = {}) {
  return [allowed](std::string_view text) -> std::string {
    bool blank = true;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_control = byte < ' ' || byte == 0x7F;
      if (is_control && allowed.find(c) == std::string_view::npos) return "expected text without control characters";
      blank = blank && (is_control || c == ' ');
    }
    return blank ? "expected text, got only white space" : std::string{};
  };
}

}  // namespace chat
