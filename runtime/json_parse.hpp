#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// Where and why a text is no JSON.
struct json_parse_error {
  std::size_t offset = 0;  ///< in bytes from the start
  std::string reason;      ///< one line, without a full stop
};

/// Parses one JSON text (RFC 8259); white space may surround it, anything else after it is an error. So is an escape
/// that makes half of a surrogate pair: if the text is UTF-8, so is every string of the value. So is a number, integer
/// or not, that is too large for a double.
/// @param max_depth how many arrays and objects may be nested, the outermost included
std::variant<json, json_parse_error> parse_json(std::string_view text, std::size_t max_depth);

/// Parses one JSON text that is an array, as messages are, and moves its elements to where they are wanted: the first
/// one to `first[0]`, and so on. Elements beyond the end of `first` are parsed and dropped. After an error `first`
/// holds anything.
/// @returns how many elements there were
std::variant<std::size_t, json_parse_error> parse_json_array(std::string_view text, std::size_t max_depth,
                                                             std::span<json> first);

}  // namespace bennu
