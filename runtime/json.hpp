#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bennu {

/// A JSON value: null, boolean, number, string, array or object.
///
/// A plain value type: copying copies the whole tree, moving is cheap, and nothing is shared between two values, so
/// one value belongs to one thread at a time. Integers keep 64 bits (signed, or unsigned where only that fits);
/// other numbers are doubles. Objects keep the order of their members.
class json {
public:
  struct member;
  using array = std::vector<json>;
  using object = std::vector<member>;

  json() noexcept = default;
  json(std::nullptr_t) noexcept {}
  json(bool value) noexcept : value_(value) {}
  json(double value) noexcept : value_(value) {}
  json(const char* value) : value_(std::string{value}) {}
  json(std::string_view value) : value_(std::string{value}) {}
  json(std::string value) noexcept : value_(std::move(value)) {}
  json(array value) noexcept : value_(std::move(value)) {}
  json(object value) noexcept : value_(std::move(value)) {}

  /// Any other integer type, kept exactly.
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>) json(T value)
  noexcept {
    if constexpr (std::is_signed_v<T>) {
      value_ = static_cast<std::int64_t>(value);
    } else if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<std::uint64_t>(value);
    }
  }

  /// An object from a list of members: `json{{"user", "ana"}, {"age", 7}}`. An array is written `json::array{1, 2}`.
  json(std::initializer_list<std::pair<std::string_view, json>> members);

  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const noexcept { return std::holds_alternative<bool>(value_); }
  bool is_string() const noexcept { return std::holds_alternative<std::string>(value_); }
  bool is_array() const noexcept { return std::holds_alternative<array>(value_); }
  bool is_object() const noexcept { return std::holds_alternative<object>(value_); }
  /// True for a number that is kept as an integer (`1`, not `1.0`).
  bool is_integer() const noexcept {
    return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<std::uint64_t>(value_);
  }
  bool is_number() const noexcept { return is_integer() || std::holds_alternative<double>(value_); }

  /// The value as the named type, or a null pointer (or nothing) where it is of another type.
  const bool* if_bool() const noexcept { return std::get_if<bool>(&value_); }
  const std::string* if_string() const noexcept { return std::get_if<std::string>(&value_); }
  const array* if_array() const noexcept { return std::get_if<array>(&value_); }
  const object* if_object() const noexcept { return std::get_if<object>(&value_); }
  array* if_array() noexcept { return std::get_if<array>(&value_); }
  object* if_object() noexcept { return std::get_if<object>(&value_); }
  /// Nothing where the value is no integer or does not fit.
  std::optional<std::int64_t> if_int64() const noexcept;
  std::optional<std::uint64_t> if_uint64() const noexcept;
  /// Any number, integers included (rounded beyond 53 bits).
  std::optional<double> if_double() const noexcept;

  /// The member `key` of an object (the last one of that name, as JavaScript has it), or null where there is none.
  const json* find(std::string_view key) const noexcept;
  json* find(std::string_view key) noexcept;

  /// The member `key`, or a null value where this is no object or has no such member. Reading never adds one; see `set`.
  const json& operator[](std::string_view key) const noexcept;

  /// Sets the member `key`, adding it where there was none. A null value becomes an object first.
  /// @returns the member's value
  /// @throws std::logic_error where this is neither null nor an object
  json& set(std::string_view key, json value);

  /// Members of an object, elements of an array; 0 for everything else.
  std::size_t size() const noexcept;

  /// "null", "boolean", "integer", "number", "string", "array" or "object", for error messages.
  std::string_view type_name() const noexcept;

  /// The value as compact JSON text.
  std::string dump() const;

  /// Equal values: objects compare without regard to order, `1` equals `1.0`.
  friend bool operator==(const json& a, const json& b) noexcept;

private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, array, object> value_;

  friend struct json_access;
};

/// A name and its value in an object.
struct json::member {
  std::string key;
  json value;
};

/// Where and why a text is no JSON.
struct json_parse_error {
  std::size_t offset = 0;  ///< in bytes from the start
  std::string what;
};

/// Parses one JSON text (RFC 8259); white space may surround it, anything else after it is an error.
/// @param max_depth how many arrays and objects may be nested, the outermost included
std::variant<json, json_parse_error> parse_json(std::string_view text, std::size_t max_depth);

/// Appends `value` to `out` as compact JSON.
void append_json(std::string& out, const json& value);

/// Appends `text` to `out` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace bennu
