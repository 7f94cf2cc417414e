#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/runtime/field_rules.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

/// The field of a JSON value that does not fit a struct, and the reason, such as
/// `{"body.tags[2]", "expected string, got integer"}`.
struct decode_error {
  std::string path;  ///< the field, from the payload's top; empty for the payload itself
  std::string reason;

  /// The field and the reason in one sentence.
  std::string text() const { return path.empty() ? "the payload: " + reason : "\"" + path + "\": " + reason; }
};

namespace detail {

struct field_probe {
  template <class T, class... Rule>
  void operator()(std::string_view, T&, const Rule&...) const {}
};

}  // namespace detail

/// A struct that names its fields once, for decoding and for encoding:
///
///     struct message {
///       std::string body;
///       std::optional<int> likes;
///       static void fields(auto& self, auto&& f) { f("body", self.body, length(1, 500)); f("likes", self.likes); }
///     };
///
/// Fields may be booleans, integers, floating point numbers, strings, `json`, other such structs, and of all these
/// `std::optional` (missing or null), `std::vector` and `std::map<std::string, T>`. A third argument is a rule (see
/// field_rules.hpp). Members that the struct does not name are ignored.
template <class T>
concept described = requires(T& value, detail::field_probe& probe) { T::fields(value, probe); };

template <class T>
json encode(const T& value);

template <class T>
std::variant<T, decode_error> decode(const json& from);

namespace detail {

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_string_map : std::false_type {};
template <class T>
struct is_string_map<std::map<std::string, T>> : std::true_type {};

/// Decodes into `to`; on failure `error_` holds the path, built from the inside out.
class decoder {
public:
  template <class T>
  bool read(const json& from, T& to) {
    if constexpr (std::is_same_v<T, json>) {
      to = from;
      return true;
    } else if constexpr (std::is_same_v<T, bool>) {
      const auto* v = from.if_bool();
      return v != nullptr ? (to = *v, true) : expected("boolean", from);
    } else if constexpr (std::is_integral_v<T>) {
      return read_integer(from, to);
    } else if constexpr (std::is_floating_point_v<T>) {
      const auto v = from.if_double();
      return v ? (to = static_cast<T>(*v), true) : expected("number", from);
    } else if constexpr (std::is_same_v<T, std::string>) {
      const auto* v = from.if_string();
      return v != nullptr ? (to = *v, true) : expected("string", from);
    } else if constexpr (is_optional<T>::value) {
      if (from.is_null()) return to.reset(), true;
      return read(from, to.emplace());
    } else if constexpr (is_vector<T>::value) {
      return read_vector(from, to);
    } else if constexpr (is_string_map<T>::value) {
      return read_map(from, to);
    } else {
      static_assert(described<T>, "a payload's field must be a type that bennu::encode knows (see bennu::described)");
      return read_struct(from, to);
    }
  }

  decode_error take() { return std::move(error_); }

private:
  template <class T>
  bool read_integer(const json& from, T& to) {
    if (!from.is_integer()) return expected("integer", from);
    if (const auto v = from.if_int64(); v && std::in_range<T>(*v)) return to = static_cast<T>(*v), true;
    if (const auto v = from.if_uint64(); v && std::in_range<T>(*v)) return to = static_cast<T>(*v), true;
    return fail("expected an integer from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                std::to_string(std::numeric_limits<T>::max()));
  }

  template <class T>
  bool read_vector(const json& from, std::vector<T>& to) {
    const auto* elements = from.if_array();
    if (elements == nullptr) return expected("array", from);
    to.clear();
    for (std::size_t i = 0; i < elements->size(); ++i) {
      T value{};
      if (!read((*elements)[i], value)) return inside("[" + std::to_string(i) + "]");
      to.push_back(std::move(value));
    }
    return true;
  }

  template <class T>
  bool read_map(const json& from, std::map<std::string, T>& to) {
    const auto* members = from.if_object();
    if (members == nullptr) return expected("object", from);
    to.clear();
    for (const auto& [key, value] : *members) {
      if (!read(value, to[key])) return inside(key);
    }
    return true;
  }

  template <class T>
  bool read_struct(const json& from, T& to) {
    if (!from.is_object()) return expected("object", from);
    bool good = true;
    T::fields(to, [&]<class F>(std::string_view name, F& field, const auto&... rules) {
      if (!good) return;
      const auto* value = from.find(name);
      if (value == nullptr) {
        if constexpr (!is_optional<F>::value) good = fail("is missing") || inside(name);
        return;
      }
      good = (read(*value, field) && (obeys(rules, field) && ...)) || inside(name);
    });
    return good;
  }

  template <class Rule, class T>
  bool obeys(const Rule& rule, const T& value) {
    if constexpr (is_optional<T>::value) {
      return !value || obeys(rule, *value);
    } else {
      const std::string wrong = rule(value);
      return wrong.empty() || fail(wrong);
    }
  }

  bool expected(std::string_view type, const json& got) {
    return fail("expected " + std::string{type} + ", got " + std::string{got.type_name()});
  }

  bool fail(std::string reason) {
    error_.reason = std::move(reason);
    return false;
  }

  bool inside(std::string_view name) {
    const bool dot = !error_.path.empty() && error_.path.front() != '[';
    error_.path = std::string{name} + (dot ? "." : "") + error_.path;
    return false;
  }

  decode_error error_;
};

}  // namespace detail

/// Encodes a value as JSON. Empty optionals of a struct become null.
template <class T>
json encode(const T& value) {
  if constexpr (std::is_convertible_v<const T&, json>) {
    return value;
  } else if constexpr (detail::is_optional<T>::value) {
    return value ? encode(*value) : json{};
  } else if constexpr (detail::is_vector<T>::value) {
    json::array elements;
    elements.reserve(value.size());
    for (const auto& element : value) elements.push_back(encode(element));
    return elements;
  } else if constexpr (detail::is_string_map<T>::value) {
    json::object members;
    for (const auto& [key, element] : value) members.push_back({key, encode(element)});
    return members;
  } else {
    static_assert(described<const T>, "a payload must be a type that bennu::encode knows (see bennu::described)");
    json::object members;
    T::fields(value, [&](std::string_view name, const auto& field, const auto&...) {
      members.push_back({std::string{name}, encode(field)});
    });
    return members;
  }
}

/// Decodes JSON to a value, or returns the first error.
template <class T>
std::variant<T, decode_error> decode(const json& from) {
  detail::decoder decoder;
  T value{};
  if (decoder.read(from, value)) return value;
  return decoder.take();
}

}  // namespace bennu
