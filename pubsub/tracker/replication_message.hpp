#pragma once

#include <variant>

#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replica.hpp>

namespace bennu {

/// The messages between replicas. Each of them shows that its sender is up.
struct replication_message {
  /// Sent to all periodically: the changes of the sender since its last heartbeat, unless they do not fit, and its
  /// clocks of the replicas that are up.
  struct heartbeat {
    presence_delta delta;
    replica_clocks clocks;
  };

  /// Requests the changes of these replicas after these clocks.
  struct transfer_request {
    replica_clocks since;
  };

  /// Answers a request, with as much as the sender knows and as fits into one message.
  struct transfer {
    presence_delta delta;
  };

  /// The sender ends, and its presences with it.
  struct farewell {};

  replica from;
  std::variant<heartbeat, transfer_request, transfer, farewell> body;
};

}  // namespace bennu
