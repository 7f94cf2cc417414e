#include <bennu/pubsub/tracker/clock_set.hpp>

#include <algorithm>
#include <iterator>

namespace bennu {

void clock_set::insert(replica_clock first, replica_clock last) {
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= last) return;
    if (before->second >= first - 1) {
      first = before->first;
      last = std::max(last, before->second);
      next = ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && next->first - 1 <= last) {
    last = std::max(last, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace_hint(next, first, last);
}

void clock_set::insert(const clock_set& other) {
  for (const auto& [first, last] : other.ranges_) insert(first, last);
}

bool clock_set::contains(replica_clock which) const noexcept {
  const auto next = ranges_.upper_bound(which);
  return next != ranges_.begin() && std::prev(next)->second >= which;
}

clock_set clock_set::within(replica_clock first, replica_clock last) const {
  clock_set part;
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) --next;
  for (; next != ranges_.end() && next->first <= last; ++next) {
    const auto from = std::max(first, next->first);
    const auto to = std::min(last, next->second);
    if (from <= to) part.insert(from, to);
  }
  return part;
}

replica_clock clock_set::context() const noexcept {
  return ranges_.empty() || ranges_.begin()->first != 1 ? 0 : ranges_.begin()->second;
}

}  // namespace bennu
