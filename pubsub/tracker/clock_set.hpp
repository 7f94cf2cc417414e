#pragma once

#include <cstdint>
#include <map>

namespace bennu {

/// A replica's clock: 1 is its first operation, and each further one takes the next number.
using replica_clock = std::uint64_t;

/// The operations of a replica that were seen: the causal context, and the cloud of those that arrived ahead of others.
/// Stored as ranges, so that a cloud becomes part of the context as soon as the gap between them is filled. A value.
class clock_set {
public:
  void insert(replica_clock which) { insert(which, which); }
  /// Inserts a range, including both ends. `first` must be at least 1.
  void insert(replica_clock first, replica_clock last);
  void insert(const clock_set& other);

  bool contains(replica_clock which) const noexcept;
  /// The operations from `first` to `last`, including both.
  clock_set within(replica_clock first, replica_clock last) const;

  /// The context: the clock up to which no operation is missing; 0 if the first one is.
  replica_clock context() const noexcept;
  /// The highest clock seen; 0 if there is none.
  replica_clock highest() const noexcept { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }

  /// First and last clock of each range, in order. They neither overlap nor touch.
  const std::map<replica_clock, replica_clock>& ranges() const noexcept { return ranges_; }

  friend bool operator==(const clock_set&, const clock_set&) = default;

private:
  std::map<replica_clock, replica_clock> ranges_;
};

}  // namespace bennu
