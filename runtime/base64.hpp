#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// Encodes bytes as base64 with the standard alphabet and padding (RFC 4648, section 4).
std::string base64_encode(std::string_view bytes);

/// Encodes bytes with the URL-safe alphabet (section 5), without padding.
std::string base64_url_encode(std::string_view bytes);

/// Decodes `text`, in the standard or in the URL-safe alphabet (RFC 4648, sections 4 and 5), with padding or without.
/// Returns nothing if there is any other character, if the padding is incorrect, or if a last symbol is left over. Bits
/// of the last symbol that belong to no byte are ignored, as in Elixir's Base.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace bennu
