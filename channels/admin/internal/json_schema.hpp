#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

namespace detail {

template <class T>
json schema_of_struct();

}  // namespace detail

/// The JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a type that `encode` knows. An empty optional is null.
template <class T>
json schema_of() {
  if constexpr (std::is_same_v<T, json>) {
    return json::object{};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    json schema{{"type", "integer"}, {"format", "int64"}};
    if constexpr (std::is_unsigned_v<T>) schema.set("minimum", 0);
    return schema;
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (detail::is_optional<T>::value) {
    auto schema = schema_of<typename T::value_type>();
    schema.set("type", json::array{schema["type"], "null"});
    return schema;
  } else if constexpr (detail::is_vector<T>::value) {
    return {{"type", "array"}, {"items", schema_of<typename T::value_type>()}};
  } else if constexpr (detail::is_string_map<T>::value) {
    return {{"type", "object"}, {"additionalProperties", schema_of<typename T::mapped_type>()}};
  } else {
    return detail::schema_of_struct<T>();
  }
}

template <class T>
json detail::schema_of_struct() {
  json properties{json::object{}};
  json::array required;
  T value{};
  T::fields(value, [&]<class F>(std::string_view name, F&, const auto&...) {
    properties.set(name, schema_of<F>());
    required.emplace_back(name);
  });
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

}  // namespace bennu
