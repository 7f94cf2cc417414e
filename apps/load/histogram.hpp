#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace load {

using duration = std::chrono::nanoseconds;

/// Counts durations in buckets whose width grows with the duration, so that each is known to within 1 %. From 1 ns to
/// 290 years, in 58 KB, like an HdrHistogram of two digits. A plain value.
class histogram {
public:
  void record(duration value);
  void merge(const histogram& other);

  std::uint64_t count() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  duration min() const noexcept { return min_; }
  duration max() const noexcept { return max_; }
  duration mean() const noexcept;

  /// The duration that this percentage of the durations do not exceed; 0 if there are none.
  duration percentile(double percent) const noexcept;

private:
  std::vector<std::uint64_t> buckets_;  ///< empty until something is recorded
  std::uint64_t count_ = 0;
  double sum_ = 0;
  duration min_{};
  duration max_{};
};

}  // namespace load
