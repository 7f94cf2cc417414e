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

/// How a node keeps its presences and those of the others the same: who is up, who is told what, and who is asked for
/// what got lost. After Phoenix.Tracker (phoenix_pubsub, lib/phoenix/tracker/shard.ex), without a leader.
///
/// A pure state machine: messages and the time come in as arguments, and what is to be sent goes out as a result. So
/// nothing depends on clocks that agree: times are compared with times of the same node only. For one thread at a time.
///
/// Each replica speaks for itself. What changed there goes to all with its next heartbeat. Where a heartbeat tells of a
/// later clock than the presences have arrived for, something got lost, and that replica is asked for it: it answers
/// with what happened since, or with all it has where it has forgotten the removals. Only a replica that is silent is
/// not asked itself, but another one that has heard more of it. What a node believes to be down, or does not know, it
/// asks nobody for: so no two nodes can go on asking each other for something that neither has.
///
/// No message has more than `max_part_bytes` of presences. An answer that would be longer is a part, which takes who
/// asked on to a later clock; where that is not the last one it knows of, it asks for the rest at once. So each answer
/// causes one question at most, and one answer at a time is under way from each node. A heartbeat that would be longer
/// tells the clocks alone.
///
/// A replica that was down and is heard again shows up when it has told what happened meanwhile, so that nobody sees
/// again those who left in that time.
class replication {
public:
  /// Of any clock that never goes back.
  using time = std::chrono::steady_clock::time_point;

  struct outgoing {
    std::optional<std::string> to;  ///< the node's name; nothing: all nodes
    replication_message what;
  };

  /// What follows from a step: messages to be sent, in order, and what can be seen changed.
  struct outcome {
    std::vector<outgoing> messages;
    presence_changes changes;
  };

  /// What did not go as it should; the numbers count from the start.
  struct counters {
    std::uint64_t requests = 0;   ///< for what got lost
    std::uint64_t transfers = 0;  ///< that were answered to others
    std::uint64_t refused = 0;    ///< messages of nodes beyond `max_replicas`, or under this node's own name
  };

  /// @param of outlives this, and is changed by others too: what its own replica does is found out by the clock
  /// @throws std::invalid_argument where the periods contradict each other
  replication(presence_state& of, replication_options wanted);

  // -- what happens ---------------------------------------------------------------------------------------------------

  /// To be called every `broadcast_period`; later is no harm.
  outcome tick(time now);
  outcome receive(const replication_message& what, time now);
  /// A node can be reached: it is told that this one is there.
  outcome node_up(const std::string& name);
  /// The connection to a node was lost.
  void node_down(const std::string& name, time now);
  /// This node ends. What is called afterwards does nothing.
  outcome leave();

  // -- what is known --------------------------------------------------------------------------------------------------

  const counters& counted() const noexcept { return counted_; }

private:
  enum class standing : std::uint8_t {
    up,
    returning,  ///< was down, and is heard again: what happened meanwhile is still to come
    down,
  };
  struct request {
    time at;
    replica_clocks wanted;
  };
  struct peer {
    replica id;
    time heard;
    standing at = standing::up;
    std::optional<time> lost;      ///< since when
    std::optional<request> asked;  ///< for a transfer that has not come
    replica_clocks clocks;         ///< as it said last
  };

  peer* meet(const replica& who, time now, outcome& out);
  bool replace(const peer& old, const replica& by, outcome& out);
  bool make_room(outcome& out);
  void forget(const replica& who, bool for_good, outcome& out);
  void heard(peer& of, const replication_message::heartbeat& what, time now, outcome& out);
  void heard(peer& of, const replication_message::transfer_request& what, time now, outcome& out);
  void heard(peer& of, const replication_message::transfer& what, time now, outcome& out);
  void heard(peer& of, const replication_message::farewell& what, time now, outcome& out);
  void check_peers(time now, outcome& out);
  void broadcast(time now, outcome& out);
  /// @param only the one that may be asked; null: all of them
  void ask(time now, outcome& out, const peer* only = nullptr);
  static bool answers(const replication_message::transfer& what, const request& asked);
  void show_if_complete(peer& who, outcome& out);
  bool is_silent(const peer& who, time now) const;
  const peer* whom_to_ask(const peer& about, time now) const;
  replication_message greeting() const;

  presence_state& state_;
  const replication_options options_;
  std::map<std::string, peer> peers_;  ///< by name: of each node, one run
  std::deque<replica> gone_;           ///< runs that ended for good: what still arrives from them is late
  replica_clock said_ = 0;             ///< up to which this replica's changes were told
  std::optional<time> said_at_;
  counters counted_;
  bool left_ = false;
};

}  // namespace bennu
