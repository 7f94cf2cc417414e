#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace bennu {

/// How often something may happen: as many times at once as the burst, and on average as often as the rate. Full at the
/// beginning. Keeps one time: the one at which it would be full again (the generic cell rate algorithm).
class token_bucket {
public:
  using clock = std::chrono::steady_clock;

  /// So many in so much time, and so many at once.
  struct rate {
    std::size_t count;  ///< 0: no limit
    clock::duration per;
    std::size_t burst;  ///< at least 1

    clock::duration interval() const noexcept { return per / static_cast<clock::rep>(std::max<std::size_t>(count, 1)); }
  };

  /// How long it takes until there is a token; 0 where there is one.
  clock::duration wait(clock::time_point now, const rate& of) const noexcept {
    if (of.count == 0 || full_at_ <= now) return {};
    return wait(now, of, of.interval());
  }

  /// Takes a token where there is one. @returns how long it takes until there is one; 0: it was taken
  clock::duration try_take(clock::time_point now, const rate& of) noexcept {
    if (of.count == 0) return {};
    const auto interval = of.interval();
    const auto left = wait(now, of, interval);
    if (left == clock::duration{}) full_at_ = std::max(full_at_, now) + interval;
    return left;
  }

  /// Takes a token, whether there is one or not.
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
