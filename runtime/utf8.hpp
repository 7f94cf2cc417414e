#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// Checks UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) that arrives in pieces, which may
/// end within a character. One byte of state, no heap; one thread at a time.
class utf8_validator {
public:
  /// Checks the next piece. False as soon as the bytes so far are the beginning of no UTF-8 text, and ever after.
  [[nodiscard]] bool feed(std::string_view piece) noexcept;

  /// True where the pieces so far are valid and do not end within a character.
  bool complete() const noexcept { return state_ == 0; }

private:
  std::uint8_t state_ = 0;  ///< of the automaton in utf8.cpp; 0 between two characters
};

/// True where all of `text` is UTF-8, the empty text included.
[[nodiscard]] inline bool is_valid_utf8(std::string_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

/// The text with U+FFFD in the place of each byte that belongs to no character.
std::string repaired_utf8(std::string_view text);

}  // namespace bennu
