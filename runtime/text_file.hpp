#pragma once

#include <cstddef>
#include <string>

namespace bennu {

/// The files of options, keys and secrets may have this many bytes.
inline constexpr std::size_t max_text_file_bytes = 16 * 1024 * 1024;

/// Reads a whole file. It never waits, so a name that has become a pipe holds nothing up.
/// @param content what the file has, for the error: "keys", "file of options"
/// @throws std::invalid_argument if the file cannot be read, is not a regular file, or is too large; the message names
///   the content, the path and the reason
std::string read_text_file(const std::string& path, const std::string& content);

}  // namespace bennu
