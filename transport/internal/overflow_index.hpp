#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace bennu {

/// Finds the messages of an outbox that may be dropped: the oldest of a sender, and those with a key. A position
/// identifies a message.
///
/// The outbox makes an index when its client falls behind, and destroys it when positions change. Removed
/// messages stay in the index; a function of the outbox tells which ones still wait. A search steps over each removed
/// message once, so searches cost O(log n) on average. It uses ordered maps, because clients may choose the keys.
class overflow_index {
public:
  using position = std::uint32_t;
  static constexpr position none = UINT32_MAX;

  /// The number of known positions.
  position size() const noexcept { return static_cast<position>(links_.size()); }

  /// Adds the message at the next position. @param sender 0 if the message must not be dropped
  void add(std::uint64_t sender, std::uint64_t key) {
    const auto added = size();
    links_.emplace_back();
    if (sender == 0) return;
    const auto [same_key, is_new_key] = newest_.try_emplace({sender, key}, added);
    if (!is_new_key) links_[added].previous_with_key = std::exchange(same_key->second, added);
    const auto [of_sender, is_new_sender] = senders_.try_emplace(sender, ends{added, added});
    if (!is_new_sender) links_[std::exchange(of_sender->second.newest, added)].next_of_sender = added;
  }

  /// The oldest message of a sender for which `waits` holds, or none. Those before it are not found again.
  template <class Waits>
  position oldest(std::uint64_t sender, Waits&& waits) {
    const auto found = senders_.find(sender);
    if (found == senders_.end()) return none;
    auto& oldest = found->second.oldest;
    while (oldest != found->second.newest && !waits(oldest)) oldest = links_[oldest].next_of_sender;
    return waits(oldest) ? oldest : none;
  }

  /// The newest message with a key, or none. It may have been removed; then all before it were removed too.
  position newest(std::uint64_t sender, std::uint64_t key) const {
    const auto found = newest_.find({sender, key});
    return found == newest_.end() ? none : found->second;
  }
  /// The message before this one with the same key, or none.
  position previous_with_key(position of) const noexcept { return links_[of].previous_with_key; }

private:
  struct link {
    position next_of_sender = none;
    position previous_with_key = none;
  };
  struct ends {
    position oldest;
    position newest;
  };

  std::vector<link> links_;  ///< by position
  std::map<std::uint64_t, ends> senders_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, position> newest_;  ///< by sender and key
};

}  // namespace bennu
