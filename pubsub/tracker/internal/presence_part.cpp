#include <bennu/pubsub/tracker/internal/presence_part.hpp>
#include <bennu/runtime/json_write.hpp>

#include <algorithm>

namespace bennu {

namespace {

/// The operations that were seen up to a clock, and have no live presence.
clock_set gone_until(const replica_presences& of, replica_clock last) {
  const auto seen = of.seen.within(1, last);
  clock_set gone;
  for (const auto& [first, end] : seen.ranges()) {
    auto from = first;
    for (auto next = of.live.lower_bound(first); next != of.live.end() && next->first <= end; ++next) {
      if (next->first > from) gone.insert(from, next->first - 1);
      from = next->first + 1;
    }
    if (from <= end) gone.insert(from, end);
  }
  return gone;
}

}  // namespace

bool message_budget::take(const presence_entry& entry) {
  constexpr std::size_t numbers = 32;  // an upper bound for its clock, its process and the lengths of its texts
  meta_.clear();
  append_json(meta_, entry.meta);
  auto bytes = numbers + entry.key.size() + meta_.size();
  if (entry.topic != topic_) bytes += entry.topic.size();  // a message contains each topic once
  if (bytes > left_ && !is_empty_) return false;
  left_ -= std::min(bytes, left_);
  is_empty_ = false;
  topic_ = entry.topic;
  return true;
}

replica_clock last_that_fits(const replica_presences& of, replica_clock since, message_budget& budget) {
  for (auto next = of.live.upper_bound(since); next != of.live.end(); ++next) {
    if (!budget.take(*next->second)) return next->first - 1;
  }
  return of.seen.highest();
}

replica_presences part_of(const replica_presences& all, replica_clock since, replica_clock last) {
  replica_presences part;
  part.seen = gone_until(all, since);
  part.seen.insert(all.seen.within(since + 1, last));
  part.live.insert(all.live.upper_bound(since), all.live.upper_bound(last));
  return part;
}

}  // namespace bennu
