#pragma once

#include <chrono>
#include <cstddef>

namespace bennu {

/// How nodes tell each other of their presences. All nodes of a cluster should have the same.
struct replication_options {
  using duration = std::chrono::milliseconds;

  /// What changed is gathered for so long before the other nodes are told.
  duration broadcast_period{250};

  /// Where nothing changes, the others hear so often that this node is there, and can tell what they lack.
  duration heartbeat_period{5'000};

  /// A node that is not heard for so long is down: its presences are hidden. At least two `heartbeat_period`.
  duration down_period{30'000};

  /// The same from the moment on at which its connection was lost: so long it may take to come back unnoticed.
  duration lost_period{5'000};

  /// A node that is not heard for so long is forgotten. Where it comes back all the same, it is asked for everything.
  /// Longer than `down_period`.
  duration permdown_period{20 * 60'000};

  /// Other nodes that one node remembers. Where there are more, those that are down are forgotten, and no new ones are
  /// heard where none is down.
  std::size_t max_replicas = 256;

  /// Bytes of presences in one message. Where there are more to tell, the other node gets them in parts, one after the
  /// other; a presence that is larger goes alone. Beside these a message says what is gone, in a few bytes for each
  /// presence that the other node has. Much less than an adapter takes: see `limits::max_redis_message_bytes` and
  /// `limits::max_node_outbox_bytes`.
  std::size_t max_part_bytes = 1024 * 1024;

  /// Bytes that came from other nodes and wait to be read. What comes when there are more is dropped, and asked for
  /// again later. Where nothing waits, a message of any size is taken.
  std::size_t max_waiting_bytes = 64 * 1024 * 1024;

  /// Nesting of arrays and objects in another node's metas. A message with a deeper one is refused, and asked for
  /// again, so this is to be more than a meta of `presence_options::max_meta_bytes` can have.
  std::size_t max_json_depth = 10'000;
};

}  // namespace bennu
