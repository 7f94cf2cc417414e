#pragma once

#include <chrono>
#include <cstddef>

namespace bennu {

/// The options of the replication of presences. All nodes of a cluster should use the same values.
struct replication_options {
  using duration = std::chrono::milliseconds;

  /// The time for which changes are gathered before they are sent to the other nodes.
  duration broadcast_period{250};

  /// The interval of heartbeats while nothing changes. They show that this node is up, and reveal lost messages.
  duration heartbeat_period{5'000};

  /// A node that sends nothing for this time is down: its presences are hidden. At least two `heartbeat_period`.
  duration down_period{30'000};

  /// The same, counted from the loss of its connection. A node that comes back within this time was not down.
  duration lost_period{5'000};

  /// A node that sends nothing for this time is forgotten. If it comes back later, it is asked for its whole state.
  /// Must be longer than `down_period`.
  duration permdown_period{20 * 60'000};

  /// The number of other nodes that a node remembers. If there are more, a node that is down is forgotten; if none is
  /// down, new nodes are ignored.
  std::size_t max_replicas = 256;

  /// Bytes of presences in one message. If there are more, the other node receives them in parts, one after the other;
  /// a larger presence is sent alone. In addition, a message lists removals, in a few bytes for each presence that the
  /// other node has. Must be much less than the limits of an adapter: see `limits::max_redis_message_bytes` and
  /// `limits::max_node_outbox_bytes`.
  std::size_t max_part_bytes = 1024 * 1024;

  /// Bytes of other nodes' messages that wait to be read. Further messages are dropped, and requested again later. If
  /// nothing waits, a message of any size is accepted.
  std::size_t max_waiting_bytes = 64 * 1024 * 1024;

  /// Nesting of arrays and objects in another node's metas. A message with a deeper meta is refused, and requested
  /// again, so the value must be greater than the nesting that `presence_options::max_meta_bytes` allows.
  std::size_t max_json_depth = 10'000;
};

}  // namespace bennu
