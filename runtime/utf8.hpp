#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// Checks UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) that arrives in pieces, which may
/// end within a character. One byte of state, no heap; one thread at a time.
class utf8_validator {
public:
  /// Checks the next piece. Returns false if the bytes so far cannot be the beginning of a UTF-8 text, and from then
  /// on.
  [[nodiscard]] bool feed(std::string_view piece) noexcept;

  /// True if the pieces so far are valid and do not end within a character.
  bool complete() const noexcept { return state_ == 0; }

private:
  std::uint8_t state_ = 0;  ///< of the automaton in utf8.cpp; 0 between two characters
};

/// True if `text` is UTF-8, as the empty text is.
[[nodiscard]] inline bool is_valid_utf8(std::string_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

/// Replaces each byte that belongs to no character by U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace bennu
