#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

namespace bennu::testing {

/// The events of a test, one line for each, to find out why it failed.
class transcript {
public:
  void add(std::chrono::nanoseconds when, std::string_view who, std::string_view event);

  /// The latest lines, and the number of those before them.
  std::string text() const;

private:
  static constexpr std::size_t max_lines = 400;

  std::deque<std::string> lines_;
  std::size_t dropped_ = 0;
};

}  // namespace bennu::testing
