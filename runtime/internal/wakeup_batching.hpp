#pragma once

#include <chrono>

namespace bennu {

/// Decides when a loop should rest for a moment. A loop that is exactly as fast as its clients is woken for every
/// message, and pays for the wake-up, the read and the write of each. After a rest it finds several messages, which
/// share that cost. So a loop should rest if it was woken many times in a row without having waited, each time for very
/// few events, and as long as rests gather events. A loop with idle time waits for its events, and never rests. A loop
/// that is overloaded finds many events each time, and never rests either.
class wakeup_batching {
public:
  using duration = std::chrono::steady_clock::duration;

  static constexpr std::chrono::microseconds rest{100};

  bool is_due() const noexcept { return hurried_turns_ == max_hurried_turns; }

  /// Called after each wait for events.
  /// @param rested true if the loop rested before the wait
  void note(duration waited, int events, bool rested) noexcept {
    if (rested) {
      if (events < 2 || events > many_events) hurried_turns_ = 0;
    } else if (waited < no_wait && events <= few_events) {
      if (hurried_turns_ < max_hurried_turns) ++hurried_turns_;
    } else {
      hurried_turns_ = 0;
    }
  }

private:
  static constexpr std::chrono::microseconds no_wait{3};
  static constexpr int few_events = 4;
  static constexpr int many_events = 64;
  static constexpr int max_hurried_turns = 64;

  int hurried_turns_ = 0;  ///< number of consecutive turns without a wait
};

}  // namespace bennu
