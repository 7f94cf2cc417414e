#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <bennu/pubsub/history/log_readers.hpp>
#include <bennu/pubsub/topic_table.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/runtime/stepped_work.hpp>

namespace bennu {

/// The part of a pubsub that belongs to one event loop. Only its thread touches it, except for `subscribers_of`.
struct pubsub_shard {
  explicit pubsub_shard(event_loop& l) : loop(l), readers(l.index()), questions(l) {}

  /// The number of subscribers of this loop whose topics fall into the same class of hashes. If it is 0, the loop has
  /// no subscriber, and gets no task. Any thread may read it.
  std::atomic<std::uint32_t>& subscribers_of(std::size_t hash) noexcept { return subscribers_[hash % counters]; }

  event_loop& loop;
  topic_table table;
  log_readers readers;
  loop_timer sweep;  ///< of the histories
  stepped_work questions;

private:
  static constexpr std::size_t counters = 4096;

  std::array<std::atomic<std::uint32_t>, counters> subscribers_{};
};

}  // namespace bennu
