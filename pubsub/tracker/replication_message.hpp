#pragma once

#include <variant>

#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replica.hpp>

namespace bennu {

/// What replicas tell each other. Any of these says that its sender is there.
struct replication_message {
  /// From time to time, to all: what happened at the sender since its last heartbeat, unless that does not fit, and
  /// how far it has followed the replicas that are up.
  struct heartbeat {
    presence_delta delta;
    replica_clocks clocks;
  };

  /// Asks for what happened at these replicas after these clocks.
  struct transfer_request {
    replica_clocks wanted;
  };

  /// What was asked for, or as much of it as the sender knows and fits into one message.
  struct transfer {
    presence_delta delta;
  };

  /// The sender ends, and its presences with it.
  struct farewell {};

  replica from;
  std::variant<heartbeat, transfer_request, transfer, farewell> what;
};

}  // namespace bennu
