#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace load {

namespace {

// Durations below `halves` have a bucket each. From there on, those between two powers of two share `halves` buckets.
constexpr unsigned half_bits = 7;
constexpr std::uint64_t halves = 1U << half_bits;
constexpr std::size_t bucket_count = (64 - half_bits) * halves;

std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < halves) return static_cast<std::size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - half_bits;
  return static_cast<std::size_t>(shift * halves + (value >> shift));
}

/// The largest duration that falls into a bucket.
std::uint64_t end_of(std::size_t bucket) noexcept {
  if (bucket < 2 * halves) return bucket;
  const auto shift = bucket / halves - 1;
  return (((bucket % halves) + halves + 1) << shift) - 1;
}

}  // namespace

void histogram::record(duration value) {
  if (buckets_.empty()) buckets_.resize(bucket_count);
  value = std::max(value, duration{0});
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value.count()))];
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value.count());
  ++count_;
}

void histogram::merge(const histogram& other) {
  if (other.empty()) return;
  if (buckets_.empty()) buckets_.resize(bucket_count);
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  min_ = empty() ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

duration histogram::mean() const noexcept {
  return duration{empty() ? 0 : static_cast<std::int64_t>(sum_ / static_cast<double>(count_))};
}

duration histogram::percentile(double percent) const noexcept {
  if (empty()) return duration{0};
  const auto share = std::ceil(percent / 100 * static_cast<double>(count_));
  const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(share, 1.0)), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(duration{static_cast<std::int64_t>(end_of(i))}, max_);
  }
  return max_;
}

}  // namespace load
