#pragma once

#include <initializer_list>
#include <ostream>
#include <string_view>
#include <type_traits>
#include <utility>

#include <bennu/runtime/payload.hpp>

namespace bennu::testing {

/// An expected payload: either exactly this one, or one that contains this one.
///
///     room.assert_push("new_msg", {{"body", "hi"}});             // exactly
///     room.assert_push("new_msg", including({{"body", "hi"}}));  // possibly with other members
///
/// A plain value.
class pattern {
public:
  /// Matches exactly this payload, given as any value that converts to `payload`.
  pattern(std::initializer_list<std::pair<std::string_view, json>> members) : expected_(members) {}
  template <class T>
    requires std::is_convertible_v<const T&, payload>
  pattern(const T& expected) : expected_(expected) {}

  bool matches(const payload& other) const;

  friend pattern including(json expected);
  friend std::ostream& operator<<(std::ostream& out, const pattern& value);

private:
  payload expected_;
  bool exact_ = true;
};

/// Matches an object that has these members, and possibly others, and likewise for the objects in it. An array must
/// have the same number of elements.
pattern including(json expected);

/// Prints the pattern as in failure messages: `{"body":"hi"}`, or `at least {"body":"hi"}`.
std::ostream& operator<<(std::ostream& out, const pattern& value);

}  // namespace bennu::testing
