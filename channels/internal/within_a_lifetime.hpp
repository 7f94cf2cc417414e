#pragma once

#include <algorithm>
#include <chrono>

namespace bennu {

/// Limits a delay so that it fits into nanoseconds. A longer one, such as one that means "never", would overflow.
constexpr std::chrono::milliseconds within_a_lifetime(std::chrono::milliseconds delay) {
  return std::min<std::chrono::milliseconds>(delay, std::chrono::years{100});
}

}  // namespace bennu
