#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// Identifies one incarnation of a node, from its start to its end.
struct node_id {
  std::string name;  ///< the same after a restart; unique among the nodes that are up
  std::uint64_t incarnation =
      0;  ///< another number after a restart, usually a greater one; never 0 for a node that runs

  friend auto operator<=>(const node_id&, const node_id&) = default;
};

enum class node_state : std::uint8_t {
  connecting,  ///< the address is known, but there is no link, because the node was not reached yet or was lost
  up,          ///< messages are sent in both directions
};

/// "connecting" or "up".
constexpr std::string_view to_string(node_state state) noexcept {
  return state == node_state::up ? "up" : "connecting";
}

/// The information about another node. The numbers count from the start of this node.
struct node_info {
  node_id id;  ///< without an incarnation if the node is not up
  node_state state = node_state::connecting;
  std::string address;  ///< the address under which it is tried, as HOST:PORT; empty if the adapter knows none
  std::uint64_t sent_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_messages = 0;
  std::uint64_t received_bytes = 0;
  /// Messages that wait on this node for that one, at present.
  std::uint64_t waiting_messages = 0;
  /// Bytes of messages that were sent to it and are unacknowledged, at present.
  std::uint64_t unconfirmed_bytes = 0;
  /// The age of the oldest message that waits or is unacknowledged, measured a few tenths of a second ago: the delay of
  /// this node's messages. 0 if all are acknowledged.
  std::chrono::milliseconds lag{0};
  /// Messages to it that were dropped, because too many waited, because they waited for too long, or because its
  /// connection broke while they waited.
  std::uint64_t lost_messages = 0;
  /// Messages that were on their way when a connection broke. Each of them arrived or was lost.
  std::uint64_t unconfirmed_messages = 0;
};

}  // namespace bennu
