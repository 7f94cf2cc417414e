#include <bennu/runtime/json_parse.hpp>

#include <bennu/runtime/utf8.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto parsed = bennu::parse_json(input, 64);
  const auto* value = std::get_if<bennu::json>(&parsed);
  if (value == nullptr) {
    const auto& error = std::get<bennu::json_parse_error>(parsed);
    require(error.offset <= input.size(), "an error lies within the text");
    require(!error.reason.empty(), "an error says what is wrong");
    return;
  }
  const auto text = value->dump();
  require(bennu::is_valid_utf8(text), "JSON is written as UTF-8");
  const auto again = bennu::parse_json(text, 64);
  require(std::holds_alternative<bennu::json>(again), "what is written can be read");
  // Bytes that are no UTF-8 are written as U+FFFD, so that two names may become one. Transports pass only UTF-8 on.
  if (!bennu::is_valid_utf8(input)) return;
  require(std::get<bennu::json>(again) == *value, "what is read again is the same");
  require(std::get<bennu::json>(again).dump() == text, "what is written again is the same");
}
