#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <bennu/runtime/internal/json_names.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

namespace detail {

/// True if a text has half of a surrogate pair, which only its escapes can have made. RapidJSON accepts a second half
/// that stands alone.
inline bool holds_surrogate(std::string_view text) {
  for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

inline bool is_integer(std::string_view number) { return number.find_first_of(".eE") == std::string_view::npos; }

/// Called for a number that no double can hold. True if it is too small, false if it is too large.
inline bool is_tiny(std::string_view number) {
  const auto e = number.find_first_of("eE");
  const auto digits = number.substr(0, e);
  const auto first = static_cast<std::int64_t>(std::min(digits.find_first_of("123456789"), digits.size()));
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  if (e == std::string_view::npos) return first > point;
  auto power = number.substr(e + 1);
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto error = std::from_chars(power.data(), power.data() + power.size(), exponent).ec;
  return error != std::errc{} ? power.starts_with('-') : point - first + exponent < 0;
}

}  // namespace detail

/// Builds a value from RapidJSON's events. Every event returns false to stop the parser, which `problem` explains.
class json_builder {
public:
  /// @param escapes true if the text has any
  json_builder(std::size_t max_depth, bool escapes) : max_depth_(max_depth), escapes_(escapes), open_(kept_stack()) {
    open_.clear();
  }

  /// The elements of the outermost array go to `first`; those beyond its end are dropped.
  json_builder(std::size_t max_depth, bool escapes, std::span<json> first) : json_builder(max_depth, escapes) {
    first_ = first;
    spread_ = true;
  }

  bool Null() { return put(nullptr); }
  bool Bool(bool v) { return put(v); }
  /// Numbers come as text, never as one of these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* s, std::uint32_t n, bool) {
    const auto* const end = s + n;
    const auto reads = [&](auto& v) {
      const auto [stopped, error] = std::from_chars(s, end, v);
      return stopped == end && error == std::errc{};
    };
    std::int64_t integer = 0;
    if (reads(integer)) return put(integer);
    std::uint64_t unsigned_integer = 0;
    if (reads(unsigned_integer)) return put(unsigned_integer);
    if (detail::is_integer({s, n})) return put(json::integer_of_digits(std::string{s, n}));
    double number = 0;
    if (!reads(number) && !detail::is_tiny({s, n})) return fail("a number that is too big for a double");
    return put(number);
  }
  bool String(const char* s, std::uint32_t n, bool) { return is_text({s, n}) && put(std::string_view{s, n}); }
  bool Key(const char* s, std::uint32_t n, bool) {
    open_.back()->if_object()->emplace_back().key.assign(s, n);
    return is_text({s, n});
  }
  bool StartObject() { return open(with_room<json::object>(members_expected)); }
  bool StartArray() {
    if (!spread_ || !open_.empty()) return open(with_room<json::array>(elements_expected));
    if (max_depth_ == 0) return too_deep();
    open_.push_back(&root_);
    return true;
  }
  bool EndObject(std::uint32_t) {
    keep_last_of_each_name(*open_.back()->if_object());
    return close();
  }
  bool EndArray(std::uint32_t) { return close(); }

  json take() { return std::move(root_); }
  /// The number of elements of the outermost array.
  std::size_t elements() const noexcept { return elements_; }
  const std::string& problem() const { return problem_; }

private:
  /// Enough for most payloads: one allocation instead of three.
  static constexpr std::size_t elements_expected = 4;
  static constexpr std::size_t members_expected = 4;

  template <class Container>
  static Container with_room(std::size_t count) {
    Container result;
    result.reserve(count);
    return result;
  }

  static std::vector<json*>& kept_stack() {
    thread_local std::vector<json*> stack;
    return stack;
  }

  bool fail(std::string why) {
    problem_ = std::move(why);
    return false;
  }
  bool too_deep() { return fail("nested more than " + std::to_string(max_depth_) + " levels deep"); }

  bool is_text(std::string_view s) {
    return !escapes_ || !detail::holds_surrogate(s) || fail("half of a surrogate pair stands alone in a string");
  }

  /// The place for the next value, which is a null value now. A null pointer if the elements of the outermost array are
  /// stored separately.
  json* next_value() {
    if (open_.empty()) {
      if (spread_) fail("expected an array");
      return spread_ ? nullptr : &root_;
    }
    auto& container = *open_.back();
    if (auto* members = container.if_object()) return &members->back().value;
    if (auto* elements = container.if_array()) return &elements->emplace_back();
    auto& next = elements_ < first_.size() ? first_[elements_] : dropped_;
    ++elements_;
    std::destroy_at(&next);
    return std::construct_at(&next);
  }

  template <class T>
  bool put(T&& value) {
    auto* const into = next_value();
    if (into == nullptr) return false;
    std::destroy_at(into);
    std::construct_at(into, std::forward<T>(value));  // constructed in place, because a move costs time, too
    return true;
  }

  template <class Container>
  bool open(Container container) {
    if (open_.size() >= max_depth_) return too_deep();
    auto* const into = next_value();
    if (into == nullptr) return false;
    std::destroy_at(into);
    std::construct_at(into, std::move(container));
    open_.push_back(into);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  bool escapes_;
  bool spread_ = false;
  std::string problem_;
  /// The containers being filled, in memory that the thread keeps. They move only when their parent grows, which cannot
  /// happen before they are closed.
  std::vector<json*>& open_;
  json root_;  ///< null if the elements are stored separately
  std::span<json> first_;
  json dropped_;
  std::size_t elements_ = 0;
};

}  // namespace bennu
