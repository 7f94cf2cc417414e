#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// A message as permessage-deflate sends it (RFC 7692, 7.2.1), on its own: no context is taken over.
std::string deflate_message(std::string_view message);

/// The message that was compressed so, or nothing where it is no such thing.
/// @param too_big set where it would be longer than `max_bytes`
std::optional<std::string> inflate_message(std::string_view compressed, std::size_t max_bytes, bool& too_big);

}  // namespace bennu
