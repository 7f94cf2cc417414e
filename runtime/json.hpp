#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace bennu {

/// The integer types, except those for truth values and characters.
template <class T>
concept json_integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

/// An accessor of `json` was called for a value of another type, or for a member or an element that does not exist. The
/// text names the member and both types. An exception that leaves a callback ends one channel and is logged.
class json_access_error : public std::runtime_error {
public:
  using runtime_error::runtime_error;
};

/// A JSON value: null, boolean, number, string, array or object.
///
/// A plain value type: copying copies the whole tree, moving is cheap, and nothing is shared between two values, so
/// one value belongs to one thread at a time. A value may be assigned from one of its own parts, but must not be moved
/// into, or swapped with, one of them.
///
/// Integers are exact: 64 bits as numbers, longer ones, which were parsed, as their digits. Other numbers are doubles.
/// Objects keep the order of their members. A parsed object has each name once: if the text has a name several times,
/// the last value is used, at the position of the first, as in JavaScript.
///
/// There are two ways to read a value of a type that is not known. The functions `if_…`, `find` and `operator[]` never
/// throw: the caller tests what they return. The functions `as_…` and `at` throw `json_access_error`:
///
///     const auto& body = payload.as_string("body");        // payload["body"] must be a string
///     const auto first = payload.at("scores").at(0).as_int();
class json {
public:
  struct member;
  using array = std::vector<json>;
  using object = std::vector<member>;

  json() noexcept : integer_(0) {}
  json(std::nullptr_t) noexcept : json() {}
  json(bool value) noexcept : kind_(kind::boolean), boolean_(value) {}
  json(double value) noexcept : kind_(kind::number), number_(value) {}
  json(const char* value) : json(std::string{value}) {}
  json(std::string_view value) : kind_(kind::string), string_(value) {}
  json(std::string value) noexcept : kind_(kind::string), string_(std::move(value)) {}
  json(array value) noexcept : kind_(kind::array), array_(std::move(value)) {}
  json(object value) noexcept;

  json(const json& other) : json() { copy(other); }
  json(json&& other) noexcept : json() { take(std::move(other)); }
  json& operator=(const json& other) { return *this = json{other}; }
  json& operator=(json&& other) noexcept {
    if (this == &other) return *this;
    if (kind_ >= kind::array) {
      const json old{std::move(*this)};  // `other` may be a part of it
      clear();
      take(std::move(other));
    } else {
      clear();
      take(std::move(other));
    }
    return *this;
  }
  ~json() { clear(); }

  /// Any other integer type, kept exactly.
  template <json_integer T>
  json(T value) noexcept : kind_(kind::integer), integer_(static_cast<std::int64_t>(value)) {
    if (std::cmp_greater(value, INT64_MAX)) {
      kind_ = kind::unsigned_integer;
      unsigned_integer_ = static_cast<std::uint64_t>(value);
    }
  }

  /// An object from a list of members: `json{{"user", "ana"}, {"age", 7}}`. If a name is given twice, the last value is
  /// used. Write an array as `json::array{1, 2}`.
  json(std::initializer_list<std::pair<std::string_view, json>> members);

  bool is_null() const noexcept { return kind_ == kind::null; }
  bool is_bool() const noexcept { return kind_ == kind::boolean; }
  bool is_string() const noexcept { return kind_ == kind::string; }
  bool is_array() const noexcept { return kind_ == kind::array; }
  bool is_object() const noexcept { return kind_ == kind::object; }
  /// True for a number that is kept as an integer (`1`, not `1.0`).
  bool is_integer() const noexcept {
    return kind_ == kind::integer || kind_ == kind::unsigned_integer || kind_ == kind::digits;
  }
  bool is_number() const noexcept { return is_integer() || kind_ == kind::number; }

  /// The value as the named type, or a null pointer (or nothing) if it is of another type.
  const bool* if_bool() const noexcept { return is_bool() ? &boolean_ : nullptr; }
  const std::string* if_string() const noexcept { return is_string() ? &string_ : nullptr; }
  std::string* if_string() noexcept { return is_string() ? &string_ : nullptr; }
  const array* if_array() const noexcept { return is_array() ? &array_ : nullptr; }
  const object* if_object() const noexcept { return is_object() ? &object_ : nullptr; }
  array* if_array() noexcept { return is_array() ? &array_ : nullptr; }
  object* if_object() noexcept { return is_object() ? &object_ : nullptr; }
  /// Nothing if the value is no integer or does not fit.
  std::optional<std::int64_t> if_int64() const noexcept;
  std::optional<std::uint64_t> if_uint64() const noexcept;
  /// Any number, integers included (rounded beyond 53 bits).
  std::optional<double> if_double() const noexcept;
  /// The digits of an integer that does not fit 64 bits, with a minus sign if it is negative; otherwise a null pointer.
  const std::string* if_digits() const noexcept { return kind_ == kind::digits ? &string_ : nullptr; }

  /// The value as the named type. @throws json_access_error if it is of another type, or an integer that does not fit
  bool as_bool() const;
  std::int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const;
  const array& as_array() const;
  const object& as_object() const;
  array& as_array() { return const_cast<array&>(std::as_const(*this).as_array()); }
  object& as_object() { return const_cast<object&>(std::as_const(*this).as_object()); }

  /// The member `key` as the named type. @throws json_access_error, which names the member, if this is no object, has
  /// no such member, or has one of another type
  bool as_bool(std::string_view key) const;
  std::int64_t as_int(std::string_view key) const;
  double as_double(std::string_view key) const;
  const std::string& as_string(std::string_view key) const;
  const array& as_array(std::string_view key) const;
  const object& as_object(std::string_view key) const;

  /// The member `key`. @throws json_access_error if this is no object or has no such member
  const json& at(std::string_view key) const;
  json& at(std::string_view key);
  /// The element `index` of an array. @throws json_access_error if this is no array or has no such element
  template <json_integer Index>
  const json& at(Index index) const {
    return element(std::in_range<std::size_t>(index) ? static_cast<std::size_t>(index) : SIZE_MAX);
  }
  template <json_integer Index>
  json& at(Index index) {
    return const_cast<json&>(std::as_const(*this).at(index));
  }

  /// The member `key` of an object (the last one of that name), or a null pointer if there is none.
  const json* find(std::string_view key) const noexcept;
  json* find(std::string_view key) noexcept;

  /// The member `key`, or a null value if this is no object or has no such member. Reading never adds one; see `set`.
  const json& operator[](std::string_view key) const noexcept;

  /// Sets the member `key`, adding it if there was none. A null value becomes an object first.
  /// @returns the member's value
  /// @throws std::logic_error if this is neither null nor an object
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
  /// A union of our own: values are moved several times on the way of every message, and std::variant's moves go
  /// through a table.
  enum class kind : std::uint8_t {
    null,
    boolean,
    integer,
    unsigned_integer,  ///< beyond INT64_MAX
    number,
    string,
    digits,  ///< an integer that does not fit 64 bits, as a string
    array,
    object,
  };

  void copy(const json& other);
  void clear() noexcept {
    if (kind_ >= kind::string) destroy();
    kind_ = kind::null;
  }
  void destroy() noexcept;

  /// Takes over the value of `other`. This object must not hold a value that has to be destroyed.
  void take(json&& other) noexcept;

  static json integer_of_digits(std::string digits) noexcept;

  const json& element(std::size_t index) const;

  kind kind_ = kind::null;
  // NOLINTBEGIN(readability-identifier-naming): members of the class, though clang-tidy does not see them as private
  union {
    bool boolean_;
    std::int64_t integer_;
    std::uint64_t unsigned_integer_;
    double number_;
    std::string string_;  ///< of a string, and of digits
    array array_;
    object object_;
  };
  // NOLINTEND(readability-identifier-naming)

  friend struct json_writer;
  friend class json_builder;
};

/// A name and its value in an object.
struct json::member {
  std::string key;
  json value;
};

inline json::json(object value) noexcept : kind_(kind::object), object_(std::move(value)) {}

inline void json::take(json&& other) noexcept {
  switch (other.kind_) {
    case kind::string:
    case kind::digits:
      new (&string_) std::string(std::move(other.string_));
      break;
    case kind::array:
      new (&array_) array(std::move(other.array_));
      break;
    case kind::object:
      new (&object_) object(std::move(other.object_));
      break;
    default:
      unsigned_integer_ = other.unsigned_integer_;
      break;
  }
  kind_ = other.kind_;
}

inline json json::integer_of_digits(std::string digits) noexcept {
  json result{std::move(digits)};
  result.kind_ = kind::digits;
  return result;
}

}  // namespace bennu
