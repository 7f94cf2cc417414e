#pragma once

#include <string_view>
#include <utility>
#include <variant>

#include <bennu/runtime/json_parse.hpp>

#include <doctest/doctest.h>

// Texts as values, for the tests of JSON.

inline bennu::json parsed(std::string_view text) {
  auto result = bennu::parse_json(text, 16);
  REQUIRE_MESSAGE(std::holds_alternative<bennu::json>(result), text);
  return std::get<bennu::json>(std::move(result));
}

inline bool refused(std::string_view text) {
  return std::holds_alternative<bennu::json_parse_error>(bennu::parse_json(text, 16));
}
