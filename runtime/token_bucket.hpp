#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace bennu {

/// Limits the frequency of an event: to a burst at once, and to a rate on average. The bucket is full at the beginning.
/// It stores only the time at which it would be full again (the generic cell rate algorithm).
class token_bucket {
public:
  using clock = std::chrono::steady_clock;

  /// At most `count` events in the time `per` on average, and at most `burst` at once.
  struct rate {
    std::size_t count;  ///< 0 disables the limit
    clock::duration per;
    std::size_t burst;  ///< at least 1

    clock::duration interval() const noexcept { return per / static_cast<clock::rep>(std::max<std::size_t>(count, 1)); }
  };

  /// The time until a token is available; 0 if one is.
  clock::duration wait(clock::time_point now, const rate& of) const noexcept {
    if (of.count == 0 || full_at_ <= now) return {};
    return wait(now, of, of.interval());
  }

  /// Takes a token if one is available. @returns 0 if it was taken, else the time until one is available
  clock::duration try_take(clock::time_point now, const rate& of) noexcept {
    if (of.count == 0) return {};
    const auto interval = of.interval();
    const auto left = wait(now, of, interval);
    if (left == clock::duration{}) full_at_ = std::max(full_at_, now) + interval;
    return left;
  }

  /// Takes a token even if none is available.
  void take(clock::time_point now, const rate& of) noexcept {
    if (of.count != 0) full_at_ = std::max(full_at_, now) + of.interval();
  }

private:
  clock::duration wait(clock::time_point now, const rate& of, clock::duration interval) const noexcept {
    const auto room = interval * static_cast<clock::rep>(std::max<std::size_t>(of.burst, 1) - 1);
    return std::max(full_at_ - now - room, clock::duration{});
  }

  clock::time_point full_at_{};
};

}  // namespace bennu
