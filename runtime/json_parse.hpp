#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// The position and the kind of an error in a JSON text.
struct json_parse_error {
  std::size_t offset = 0;  ///< in bytes from the start
  std::string reason;      ///< one line, without a full stop
};

/// Parses one JSON text (RFC 8259), which white space may surround. These are errors: any other text after it; an
/// escape that makes half of a surrogate pair, so if the text is UTF-8, every string of the value is, too; a number,
/// integer or not, that is too large for a double.
/// @param max_depth the greatest nesting of arrays and objects, the outermost included
std::variant<json, json_parse_error> parse_json(std::string_view text, std::size_t max_depth);

/// Parses one JSON text that is an array, such as a message, and moves its elements into `first`: the first one to
/// `first[0]`, and so on. Elements beyond the end of `first` are parsed and dropped. After an error, the content of
/// `first` is unspecified.
/// @returns the number of elements
std::variant<std::size_t, json_parse_error> parse_json_array(std::string_view text, std::size_t max_depth,
                                                             std::span<json> first);

}  // namespace bennu
