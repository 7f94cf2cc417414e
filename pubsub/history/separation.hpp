#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace bennu {

/// The time until which another node may have been up without a link to this one. Positions that such a node has made
/// may lack streams of this node, because their messages never reached it. Any thread may call.
class separation {
public:
  /// Called when a node was lost. It may be up, and out of reach.
  void begin() noexcept { until_.store(forever, std::memory_order_relaxed); }
  /// Called when a node comes up, and no other one is lost. It may have been up before.
  void end(std::chrono::milliseconds now) noexcept { until_.store(now.count(), std::memory_order_relaxed); }

  /// True while a lost node has not come back.
  bool lasts() const noexcept { return until_.load(std::memory_order_relaxed) == forever; }
  /// True if a position of this time may be of a node that was out of reach.
  bool covers(std::chrono::milliseconds time) const noexcept {
    return time.count() <= until_.load(std::memory_order_relaxed);
  }

private:
  static constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();

  std::atomic<std::int64_t> until_ = -1;
};

}  // namespace bennu
