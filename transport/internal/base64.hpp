#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// The bytes as base64 with the standard alphabet and padding (RFC 4648, section 4).
std::string base64_encode(std::string_view bytes);

/// The same with the URL-safe alphabet (section 5), and without padding.
std::string base64_url_encode(std::string_view bytes);

/// The bytes that `text` stands for, in the standard or in the URL-safe alphabet (RFC 4648, sections 4 and 5), with
/// padding or without. Nothing where there is any other character, where padding is given but is not right, or where
/// the last symbol is left over. Bits of the last symbol that belong to no byte are ignored, as Elixir's Base does.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace bennu
