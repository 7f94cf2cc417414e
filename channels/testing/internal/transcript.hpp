#pragma once

#include <deque>
#include <string>
#include <string_view>

#include <bennu/channels/testing/internal/schedule.hpp>

namespace bennu::testing {

/// The events of a test, one line for each, to find out why it failed.
class transcript {
public:
  /// @param clock the time of the events; must not end before the last one
  explicit transcript(const schedule& clock) noexcept : clock_(clock) {}

  void add(std::string_view who, std::string_view event);

  /// The latest lines, and the number of those before them.
  std::string text() const;

private:
  static constexpr std::size_t max_lines = 400;

  const schedule& clock_;
  std::deque<std::string> lines_;
  std::size_t dropped_ = 0;
};

}  // namespace bennu::testing
