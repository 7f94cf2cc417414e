#pragma once

#include <chrono>

namespace bennu {

/// Tells a loop when to rest for a moment. One that is just as fast as its clients is woken for every message, and pays
/// for the wake-up, the read and the write of each; after a rest it finds several, which share these. So it is to rest
/// where it was woken many times in a row without having waited, each time for next to nothing, and as long as rests
/// bring something. A loop that has time waits for its events and never rests; one that has more to do than it can
/// finds much each time, and never rests either.
class breather {
public:
  using duration = std::chrono::steady_clock::duration;

  static constexpr std::chrono::microseconds rest{100};

  bool is_due() const noexcept { return hurried_ == enough; }

  /// Waiting for events is over.
  /// @param rested whether a rest came before
  void note(duration waited, int events, bool rested) noexcept {
    if (rested) {
      if (events < 2 || events > much) hurried_ = 0;
    } else if (waited < no_time && events <= little) {
      if (hurried_ < enough) ++hurried_;
    } else {
      hurried_ = 0;
    }
  }

private:
  static constexpr std::chrono::microseconds no_time{3};
  static constexpr int little = 4;
  static constexpr int much = 64;
  static constexpr int enough = 64;

  int hurried_ = 0;  ///< turns in a row
};

}  // namespace bennu
