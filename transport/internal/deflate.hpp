#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// Compresses a message for permessage-deflate (RFC 7692, 7.2.1), without context takeover.
std::string deflate_message(std::string_view message);

/// Inflates such a message. Returns nothing if the data is invalid.
/// @param too_big set to true if the message would be longer than `max_bytes`
std::optional<std::string> inflate_message(std::string_view compressed, std::size_t max_bytes, bool& too_big);

}  // namespace bennu
