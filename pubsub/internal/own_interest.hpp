#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/pubsub/interest.hpp>
#include <bennu/pubsub/internal/interest_map.hpp>

namespace bennu {

/// The interest of this node, as it is announced to the other nodes. Each change has a number, which the other nodes
/// acknowledge. Pure data without a lock: `peer_table` guards it.
class own_interest {
public:
  /// @param is_interested see `adapter::host::is_interested`
  explicit own_interest(std::function<bool(topic_bucket)> is_interested) : is_interested_(std::move(is_interested)) {}

  const interest_map& announced() const noexcept { return announced_; }
  /// The number of the last change.
  std::uint64_t last_change() const noexcept { return last_change_; }

  /// Called when the interest in a bucket may have changed.
  /// @returns true if it has begun and must be announced. The end of interest is noted for `take_ended`.
  bool has_begun(topic_bucket bucket);
  /// The buckets in which interest has ended and has not begun again. The end is announced late, because a topic often
  /// gets a subscriber again soon, such as when a client reconnects.
  std::vector<topic_bucket> take_ended();
  /// The buckets in which there is interest that was not announced.
  std::vector<topic_bucket> unannounced() const;

  /// Records that a change is announced.
  /// @param is_awaited true if another node has to acknowledge it before joins may rely on it
  void announce(topic_bucket bucket, bool interested, bool is_awaited);

  /// The number of the change by which interest in a bucket was announced, while not all nodes have acknowledged it;
  /// else 0.
  std::uint64_t unacknowledged(topic_bucket bucket) const noexcept;
  /// Forgets changes that are acknowledged. @param is_acknowledged called with the number of a change
  template <class Predicate>
  void forget_acknowledged(const Predicate& is_acknowledged) {
    std::erase_if(unacknowledged_, [&](const auto& entry) { return is_acknowledged(entry.second); });
  }

private:
  std::function<bool(topic_bucket)> is_interested_;
  interest_map announced_;
  std::uint64_t last_change_ = 0;
  std::unordered_map<std::uint32_t, std::uint64_t> unacknowledged_;  ///< changes by bucket
  std::set<topic_bucket> ended_;                                     ///< may have begun again since
};

}  // namespace bennu
