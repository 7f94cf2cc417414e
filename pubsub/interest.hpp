#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace bennu {

/// The part of all topics that one topic falls into, by its hash. Nodes tell each other which of these they want to
/// hear, and not which topics: so what a node knows of another has a fixed size, however many topics there are. The
/// price is a message now and then that nobody wants.
enum class topic_bucket : std::uint32_t {};

/// How many there are; a power of two. With 10,000 topics on a node, 1 % of the broadcasts that it does not want come
/// to it all the same; with 100,000, 9 %.
inline constexpr std::size_t topic_buckets = std::size_t{1} << 20;

/// @param topic_hash what the function `topic_hash` makes of the topic
inline topic_bucket bucket_of(std::uint64_t topic_hash) noexcept {
  return static_cast<topic_bucket>(topic_hash >> 16 & (topic_buckets - 1));
}

/// How many subscribers a node has in each bucket. Any thread may call anything.
class interest {
public:
  interest() : counts_(static_cast<std::uint32_t*>(std::calloc(topic_buckets, sizeof(std::uint32_t)))) {
    if (counts_ == nullptr) throw std::bad_alloc{};
  }

  /// @returns whether it is the first in its bucket
  bool add(topic_bucket where) noexcept { return at(where).fetch_add(1, std::memory_order_acq_rel) == 0; }
  /// @returns whether they were the last in their bucket
  bool remove(topic_bucket where, std::uint32_t how_many) noexcept {
    return at(where).fetch_sub(how_many, std::memory_order_acq_rel) == how_many;
  }
  bool has(topic_bucket where) const noexcept { return at(where).load(std::memory_order_acquire) != 0; }

private:
  struct freed {
    void operator()(std::uint32_t* counts) const noexcept { std::free(counts); }
  };

  std::atomic_ref<std::uint32_t> at(topic_bucket where) const noexcept {
    return std::atomic_ref{counts_.get()[static_cast<std::size_t>(where)]};
  }

  /// From calloc, so that a node takes memory for what it uses: pages that were never written to are not there.
  std::unique_ptr<std::uint32_t[], freed> counts_;
};

}  // namespace bennu
