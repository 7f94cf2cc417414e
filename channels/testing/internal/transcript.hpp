#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

namespace bennu::testing {

/// What happened in a test, a line each, for those who have to find out why it failed.
class transcript {
public:
  void add(std::chrono::nanoseconds when, std::string_view who, std::string_view what);

  /// The latest lines; those before them are counted.
  std::string text() const;

private:
  static constexpr std::size_t max_lines = 400;

  std::deque<std::string> lines_;
  std::size_t dropped_ = 0;
};

}  // namespace bennu::testing
