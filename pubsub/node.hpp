#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// One incarnation of a node, from its start to its end, as the nodes of a cluster tell each other apart.
struct node_id {
  std::string name;  ///< the same after a restart; unique among the nodes that are up
  std::uint64_t incarnation =
      0;  ///< another number after a restart, a greater one as a rule; never 0 for a node that runs

  friend auto operator<=>(const node_id&, const node_id&) = default;
};

enum class node_state : std::uint8_t {
  connecting,  ///< its address is known, and there is no link: it was not reached yet, or was lost
  up,          ///< messages go both ways
};

/// "connecting" or "up".
constexpr std::string_view to_string(node_state state) noexcept {
  return state == node_state::up ? "up" : "connecting";
}

/// What a node knows of another one. The numbers count from the start of this node.
struct node_info {
  node_id id;  ///< without an incarnation if the node is not up
  node_state state = node_state::connecting;
  std::string address;  ///< where it is looked for, as HOST:PORT; empty if the adapter knows none
  std::uint64_t sent_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_messages = 0;
  std::uint64_t received_bytes = 0;
  /// Messages for it that wait here now.
  std::uint64_t waiting_messages = 0;
  /// Bytes of messages that were sent to it and that it has not confirmed, now.
  std::uint64_t unconfirmed_bytes = 0;
  /// How long the oldest message has waited here or been on its way without being confirmed, as of the last look, which
  /// is some tenths of a second ago: so late it hears this node. 0 if it has confirmed all.
  std::chrono::milliseconds lag{0};
  /// Messages for it that were dropped: because too many waited for it, or for too long, or because its connection
  /// broke while they waited.
  std::uint64_t lost_messages = 0;
  /// Messages that were on their way when a connection broke. Each of them arrived, or was lost: it did not say which.
  std::uint64_t unconfirmed_messages = 0;
};

}  // namespace bennu
