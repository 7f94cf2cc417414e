#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <type_traits>

namespace bennu {

// Rules for the fields of a described struct (codec.hpp). A rule is a function that is called with the decoded value,
// and returns an empty string, or the reason why the value is refused.

/// A rule that limits the bytes of a string, or the elements of a list or a map.
constexpr auto length(std::size_t least, std::size_t most) {
  return [=](const auto& value) -> std::string {
    if (value.size() >= least && value.size() <= most) return {};
    return "expected a length of " + std::to_string(least) + " to " + std::to_string(most) + ", got " +
           std::to_string(value.size());
  };
}

namespace detail {

/// A number with the fewest digits that distinguish it from all others: 100, not 100.000000.
template <class N>
std::string number_text(N number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

}  // namespace detail

/// A rule that limits a number to a range, both ends included.
template <class N>
constexpr auto between(N least, N most) {
  static_assert(std::is_arithmetic_v<N>, "between takes two numbers");
  return [=](const auto& value) -> std::string {
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
      static_assert(!sizeof(value),
                    "between is a rule for numbers: the length of a string or a list is limited by length(…)");
      return {};
    } else {
      if (value >= least && value <= most) return {};
      return "expected " + detail::number_text(least) + " to " + detail::number_text(most) + ", got " +
             detail::number_text(value);
    }
  };
}

}  // namespace bennu
