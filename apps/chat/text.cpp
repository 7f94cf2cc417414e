#include "text.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace chat {

namespace {

struct range {
  std::uint32_t first;
  std::uint32_t last;
};

bool contains(const range* begin, const range* end, std::uint32_t code_point) {
  return std::any_of(begin, end, [&](const range& r) { return r.first <= code_point && code_point <= r.last; });
}

/// Unicode's Default_Ignorable_Code_Point, which has the characters of no width and the controls of direction; the
/// control characters from U+0080 on; and the separators of lines and paragraphs.
constexpr range invisible[] = {
    {0x80, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

/// Unicode's spaces, and the Braille pattern without dots, which looks like a space.
constexpr range spaces[] = {
    {'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x202F, 0x202F}, {0x205F, 0x205F}, {0x2800, 0x2800}, {0x3000, 0x3000},
};

/// The bytes of the first character of a text that is UTF-8 and not empty.
std::string_view first_character(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  return text.substr(0, byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4);
}

std::uint32_t code_point_of(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(character[i])); };
  if (character.size() == 1) return byte(0);
  auto code_point = byte(0) & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code_point = code_point << 6 | (byte(i) & 0x3FU);
  return code_point;
}

}  // namespace

std::string cleaned(std::string_view name) {
  std::string result;
  bool is_after_space = false;
  while (!name.empty()) {
    const auto character = first_character(name);
    name.remove_prefix(character.size());
    const auto code_point = code_point_of(character);
    if (contains(std::begin(invisible), std::end(invisible), code_point)) continue;
    if (contains(std::begin(spaces), std::end(spaces), code_point)) {
      is_after_space = true;
      continue;
    }
    if (is_after_space && !result.empty()) result += ' ';
    is_after_space = false;
    result += character;
  }
  return result;
}

}  // namespace chat
