#include <bennu/runtime/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

// An automaton without branches. The row of a byte is one word that holds the successor of each state, and a state is
// its bit position in that word. So one step is a load, which depends on nothing, and a shift.

namespace bennu {
namespace {

/// The states. Their numbers are the bits by which rows are shifted.
enum state : std::uint8_t {
  between_characters = 0,
  invalid = 6,       // final
  one_missing = 12,  // continuation bytes, 80-BF
  two_missing = 18,
  three_missing = 24,
  after_e0 = 30,  // the first of two must be A0-BF: no overlong form
  after_ed = 36,  // the first of two must be 80-9F: no surrogate
  after_f0 = 42,  // the first of three must be 90-BF: no overlong form
  after_f4 = 48   // the first of three must be 80-8F: nothing above U+10FFFF
};

constexpr std::uint64_t state_mask = 63;

constexpr state first_byte(unsigned byte) {
  if (byte < 0x80) return between_characters;
  if (byte < 0xC2) return invalid;
  if (byte < 0xE0) return one_missing;
  if (byte == 0xE0) return after_e0;
  if (byte == 0xED) return after_ed;
  if (byte < 0xF0) return two_missing;
  if (byte == 0xF0) return after_f0;
  if (byte < 0xF4) return three_missing;
  if (byte == 0xF4) return after_f4;
  return invalid;
}

constexpr std::uint64_t row(unsigned byte) {
  const auto within = [&](unsigned first, unsigned last, state next) -> std::uint64_t {
    return byte >= first && byte <= last ? next : invalid;
  };
  return std::uint64_t{first_byte(byte)} << between_characters | std::uint64_t{invalid} << invalid |
         within(0x80, 0xBF, between_characters) << one_missing | within(0x80, 0xBF, one_missing) << two_missing |
         within(0x80, 0xBF, two_missing) << three_missing | within(0xA0, 0xBF, one_missing) << after_e0 |
         within(0x80, 0x9F, one_missing) << after_ed | within(0x90, 0xBF, two_missing) << after_f0 |
         within(0x80, 0x8F, two_missing) << after_f4;
}

constexpr auto rows = [] {
  std::array<std::uint64_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) table[byte] = row(byte);
  return table;
}();

constexpr std::size_t block_size = 16;

bool is_ascii_block(const char* bytes) noexcept {
  std::uint64_t words[2];
  static_assert(sizeof words == block_size);
  std::memcpy(words, bytes, sizeof words);
  return ((words[0] | words[1]) & 0x8080808080808080U) == 0;
}

}  // namespace

bool utf8_validator::feed(std::string_view piece) noexcept {
  std::uint64_t current = state_;
  while (!piece.empty()) {
    if (current == between_characters) {
      while (piece.size() >= block_size && is_ascii_block(piece.data())) piece.remove_prefix(block_size);
    }
    const auto block = piece.substr(0, block_size);
    for (const char byte : block) current = rows[static_cast<unsigned char>(byte)] >> (current & state_mask);
    current &= state_mask;
    if (current == invalid) break;
    piece.remove_prefix(block.size());
  }
  state_ = static_cast<std::uint8_t>(current);
  return current != invalid;
}

std::string repaired_utf8(std::string_view text) {
  constexpr std::size_t max_character_size = 4;
  std::string result;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size <= max_character_size && !is_valid_utf8(text.substr(0, size))) ++size;
    const bool is_character = size <= std::min(max_character_size, text.size());
    if (!is_character) size = 1;
    result += is_character ? text.substr(0, size) : "\uFFFD";
    text.remove_prefix(size);
  }
  return result;
}

}  // namespace bennu
