#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replica.hpp>
#include <bennu/pubsub/tracker/replication_message.hpp>
#include <bennu/pubsub/tracker/replication_options.hpp>

namespace bennu {

/// Replicates presences between nodes: decides which nodes are up, which messages each of them is sent, and which node
/// is asked for lost messages. After Phoenix.Tracker (phoenix_pubsub, lib/phoenix/tracker/shard.ex), without a leader.
///
/// A pure state machine: messages and the time are arguments, and the messages to send are results. It does not depend
/// on synchronized clocks, because it compares times only with times of the same node. For one thread at a time.
///
/// Each replica announces its own changes, to all nodes, with its next heartbeat. If a heartbeat has a later clock than
/// the presences that have arrived, a message was lost, and the node requests it from that replica. The replica answers
/// with its changes since then, or with its whole state if it has forgotten the removals. If the replica is silent, the
/// node asks another one that knows more of it. A node never requests the presences of a replica that it believes to be
/// down, or does not know, so two nodes cannot keep asking each other for data that neither has.
///
/// No message has more than `max_part_bytes` of presences. A longer answer is sent in parts. A part brings the
/// requester to a later clock; if that is not the last one it knows of, it requests the rest at once. So each answer
/// causes at most one request, and at most one answer is under way from each node. A heartbeat that would be longer
/// contains only the clocks.
///
/// A replica that was down and sends messages again becomes visible when it has sent its changes in between, so that
/// presences which were removed in that time do not appear again.
class replication {
public:
  /// A time of any clock that never goes back.
  using time = std::chrono::steady_clock::time_point;

  struct outgoing {
    std::optional<std::string> to;  ///< the node's name; empty means all nodes
    replication_message message;
  };

  /// The result of a step: messages to send, in order, and the changes of the visible presences.
  struct outcome {
    std::vector<outgoing> messages;
    presence_changes changes;
  };

  /// Numbers of irregular events since the start.
  struct counters {
    std::uint64_t requests = 0;   ///< requests for lost messages
    std::uint64_t transfers = 0;  ///< answers to requests of others
    std::uint64_t refused = 0;    ///< messages of nodes beyond `max_replicas`, or under this node's own name
  };

  /// @param of must outlive this. Others may change it too: changes of its own replica are detected by the clock
  /// @throws std::invalid_argument if the periods contradict each other
  replication(presence_state& of, replication_options options);

  // -- events ---------------------------------------------------------------------------------------------------------

  /// Must be called every `broadcast_period`. A late call does no harm.
  outcome tick(time now);
  outcome receive(const replication_message& message, time now);
  /// Called when a node can be reached. Sends it a heartbeat.
  outcome node_up(const std::string& name);
  /// Called when the connection to a node was lost.
  void node_down(const std::string& name, time now);
  /// Called when this node ends. Later calls of any member do nothing.
  outcome leave();

  // -- counters -------------------------------------------------------------------------------------------------------

  const counters& counted() const noexcept { return counted_; }

private:
  enum class standing : std::uint8_t {
    up,
    returning,  ///< was down, and sends again; its changes in between have not arrived yet
    down,
  };
  struct request {
    time at;
    replica_clocks since;
  };
  struct peer {
    replica id;
    time heard;
    standing at = standing::up;
    std::optional<time> lost;      ///< the time of the loss
    std::optional<request> asked;  ///< a request whose transfer has not arrived
    replica_clocks clocks;         ///< the latest that it announced
  };

  peer* meet(const replica& who, time now, outcome& out);
  bool replace(const peer& old, const replica& by, outcome& out);
  bool make_room(outcome& out);
  void forget(const replica& who, bool for_good, outcome& out);
  void heard(peer& of, const replication_message::heartbeat& message, time now, outcome& out);
  void heard(peer& of, const replication_message::transfer_request& message, time now, outcome& out);
  void heard(peer& of, const replication_message::transfer& message, time now, outcome& out);
  void heard(peer& of, const replication_message::farewell& message, time now, outcome& out);
  void check_peers(time now, outcome& out);
  void broadcast(time now, outcome& out);
  /// @param only the only peer that may be asked; null means any
  void ask(time now, outcome& out, const peer* only = nullptr);
  static bool answers(const replication_message::transfer& message, const request& asked);
  void show_if_complete(peer& who, outcome& out);
  bool is_silent(const peer& who, time now) const;
  const peer* whom_to_ask(const peer& about, time now) const;
  replication_message greeting() const;

  presence_state& state_;
  const replication_options options_;
  std::map<std::string, peer> peers_;  ///< by name, with one incarnation of each node
  std::deque<replica> gone_;           ///< incarnations that ended; their later messages are ignored
  replica_clock said_ = 0;             ///< the clock up to which this replica's changes were sent
  std::optional<time> said_at_;
  counters counted_;
  bool left_ = false;
};

}  // namespace bennu
