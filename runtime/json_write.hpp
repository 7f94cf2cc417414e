#pragma once

#include <string>
#include <string_view>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// Appends `value` to `out` as compact JSON, which is always UTF-8: invalid bytes of strings become U+FFFD.
void append_json(std::string& out, const json& value);

/// Appends `text` to `out` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace bennu
