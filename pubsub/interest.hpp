#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace bennu {

/// A set of topics with the same hash bits. A node has *interest* in a bucket if it has a subscriber to one of its
/// topics. Nodes announce their interest in buckets, not in topics, so a node's knowledge of another has a fixed size,
/// however many topics there are. The cost is an occasional message for which the receiver has no subscriber.
enum class topic_bucket : std::uint32_t {};

/// The number of buckets, a power of two. A node with 10,000 topics receives 1 % of the broadcasts to topics without a
/// subscriber there; with 100,000 topics, 9 %.
inline constexpr std::size_t topic_buckets = std::size_t{1} << 20;

/// @param topic_hash the result of the function `topic_hash` for the topic
inline topic_bucket bucket_of(std::uint64_t topic_hash) noexcept {
  return static_cast<topic_bucket>(topic_hash >> 16 & (topic_buckets - 1));
}

/// The number of subscribers that a node has in each bucket. Any thread may call any member.
class interest {
public:
  interest() : counts_(static_cast<std::uint32_t*>(std::calloc(topic_buckets, sizeof(std::uint32_t)))) {
    if (counts_ == nullptr) throw std::bad_alloc{};
  }

  /// @returns true if it is the first in its bucket
  bool add(topic_bucket bucket) noexcept { return at(bucket).fetch_add(1, std::memory_order_acq_rel) == 0; }
  /// @returns true if they were the last in their bucket
  bool remove(topic_bucket bucket, std::uint32_t how_many) noexcept {
    return at(bucket).fetch_sub(how_many, std::memory_order_acq_rel) == how_many;
  }
  bool has(topic_bucket bucket) const noexcept { return at(bucket).load(std::memory_order_acquire) != 0; }

private:
  struct freed {
    void operator()(std::uint32_t* counts) const noexcept { std::free(counts); }
  };

  std::atomic_ref<std::uint32_t> at(topic_bucket bucket) const noexcept {
    return std::atomic_ref{counts_.get()[static_cast<std::size_t>(bucket)]};
  }

  /// Allocated with calloc, so that pages that were never written to take no memory.
  std::unique_ptr<std::uint32_t[], freed> counts_;
};

}  // namespace bennu
