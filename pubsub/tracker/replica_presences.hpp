#pragma once

#include <map>

#include <bennu/pubsub/tracker/clock_set.hpp>
#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/pubsub/tracker/replica.hpp>

namespace bennu {

/// The known presences of one replica: the clocks of the operations that were seen, and the presences that they added
/// and that still exist, by the clock of the operation. A clock that was seen and has no presence is that of a removal,
/// or of a presence that was removed.
struct replica_presences {
  clock_set seen;
  std::map<replica_clock, presence_ptr> live;
};

/// The data that nodes exchange: all that a node knows of some replicas, or their changes since some clock. It can be
/// merged late, twice, or in any order.
using presence_delta = std::map<replica, replica_presences>;

/// For each replica the clock up to which all operations were seen.
using replica_clocks = std::map<replica, replica_clock>;

}  // namespace bennu
