#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// A whole number from `least` to `most`. @throws std::invalid_argument that names the range and the text
std::uint64_t number_of(std::string_view text, std::uint64_t least, std::uint64_t most);

/// A number of milliseconds, or a number with a unit: ms, s, min, h or d. @throws std::invalid_argument
std::uint64_t milliseconds_of(std::string_view text, std::uint64_t least, std::uint64_t most);

/// A number, or a number of bytes with a unit: kB, MB, GB, KiB, MiB or GiB. @throws std::invalid_argument
std::uint64_t count_of(std::string_view text, std::uint64_t least, std::uint64_t most);

/// "true" or "1", "false" or "0". @throws std::invalid_argument
bool flag_of(std::string_view text);

/// The content of a file without the end of its last line. @throws std::invalid_argument if it cannot be read
/// @param content for the error's text, such as "cookie"
std::string secret_in(const std::string& path, std::string_view content);

}  // namespace bennu
