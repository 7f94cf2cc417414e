#pragma once

#include <map>

#include <bennu/pubsub/tracker/clock_set.hpp>
#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/pubsub/tracker/replica.hpp>

namespace bennu {

/// What is known of one replica's presences: the clocks of its operations that were seen, and by their clocks the
/// presences that these operations added and that are still there. A clock that was seen and has no presence is that of
/// a removal, or of a presence that was removed.
struct replica_presences {
  clock_set seen;
  std::map<replica_clock, presence_ptr> live;
};

/// What one node sends to another: all it knows of some replicas, or what happened there since some clock. It can be
/// merged late, twice, or in any order.
using presence_delta = std::map<replica, replica_presences>;

/// How far each replica has been followed without a gap.
using replica_clocks = std::map<replica, replica_clock>;

}  // namespace bennu
