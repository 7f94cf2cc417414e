#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// Appends `bytes` to `out` as base64url without padding (RFC 4648, section 5).
void append_base64url(std::string& out, std::string_view bytes);

/// The bytes of a text in base64url, with padding or without. Otherwise a text must be exactly the encoding of its
/// bytes: a token cannot be altered without notice, not even in the bits of its last character that carry nothing.
/// @returns nothing for any other text
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace bennu
