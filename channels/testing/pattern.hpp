#pragma once

#include <initializer_list>
#include <ostream>
#include <string_view>
#include <type_traits>
#include <utility>

#include <bennu/runtime/payload.hpp>

namespace bennu::testing {

/// What a test expects of a payload: that it is exactly this, or that this is in it.
///
///     room.assert_push("new_msg", {{"body", "hi"}});             // exactly
///     room.assert_push("new_msg", including({{"body", "hi"}}));  // and whatever else there is
///
/// A plain value.
class pattern {
public:
  /// Exactly this, which is anything that a `payload` is made of.
  pattern(std::initializer_list<std::pair<std::string_view, json>> members) : what_(members) {}
  template <class T>
    requires std::is_convertible_v<const T&, payload>
  pattern(const T& what) : what_(what) {}

  bool matches(const payload& other) const;

  friend pattern including(json what);
  friend std::ostream& operator<<(std::ostream& out, const pattern& what);

private:
  payload what_;
  bool exact_ = true;
};

/// An object that has these members, and may have others; the same holds for the objects in it. An array must have as
/// many elements.
pattern including(json what);

/// As failures show it: `{"body":"hi"}`, or `at least {"body":"hi"}`.
std::ostream& operator<<(std::ostream& out, const pattern& what);

}  // namespace bennu::testing
