#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/pubsub/tracker/presence_index.hpp>
#include <bennu/pubsub/tracker/replica_presences.hpp>

namespace bennu {

/// The presences of a cluster as one node knows them: an observed-remove set with causal contexts, after Bieniusa et
/// al., "An optimized conflict-free replicated set" (arXiv 1210.3368). Pure data, for one thread at a time.
///
/// Each replica adds and removes only its own presences, so two never contradict each other, and two nodes that merged
/// the same operations know the same presences. Invariants:
///   1. an operation takes the next clock of its replica, and either adds one presence, which carries that clock, or
///      removes one. An update is two operations, because the effect of an operation must not depend on the others that
///      are seen together with it;
///   2. a node that has seen a removal has seen the operation that added the presence, and does not have the presence.
///      So a node that sends its context can be sent exactly what it lacks, and a lost message leaves a visible gap;
///   3. a presence is visible while its replica is up.
class presence_state {
public:
  /// @param max_removals the removals of this replica that are remembered, so that a node that lags no further behind
  /// is sent these instead of the whole state
  explicit presence_state(replica self, std::size_t max_removals = 10'000);
  presence_state(const presence_state&) = delete;
  presence_state& operator=(const presence_state&) = delete;

  const replica& self() const noexcept { return self_; }

  // -- this replica's presences ---------------------------------------------------------------------------------------

  /// Returns null if the process is not tracked there.
  presence_ptr find(std::uint64_t process, std::string_view topic, std::string_view key) const;
  /// Adds a presence. There must be none with the same process, topic and key.
  presence_ptr add(presence_entry entry);
  /// Replaces the meta of a presence that `find` returned.
  presence_ptr update(const presence_ptr& old, json meta);
  /// @returns the removed presence, or null if there was none
  presence_ptr remove(std::uint64_t process, std::string_view topic, std::string_view key);
  std::vector<presence_ptr> remove_all(std::uint64_t process);

  // -- visible presences ----------------------------------------------------------------------------------------------

  const presence_index& visible() const noexcept { return visible_; }

  // -- the other replicas; the functions return the changes of the visible presences ---------------------------------

  /// Marks a replica as reachable: information about it is accepted from now on. Its known presences become visible.
  presence_changes replica_up(const replica& which);
  /// Marks a replica as unreachable: its presences are hidden until it is up again.
  presence_changes replica_down(const replica& which);
  /// Forgets a replica that will not come back. Later information about it is ignored.
  presence_changes replica_permdown(const replica& which);

  // -- exchange -------------------------------------------------------------------------------------------------------

  /// For `max_bytes`, the limit for the presences of a delta and their names. The first presence always fits.
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  /// The clocks of this replica and of those that are up.
  replica_clocks clocks() const;
  /// The clock of one replica, up or not; 0 if it is not known.
  replica_clock clock_of(const replica& which) const;

  /// The changes of this replica after the clock `since`. Returns nothing if more presences were removed meanwhile than
  /// are remembered, or if the changes do not fit.
  std::optional<presence_delta> delta_since(replica_clock since, std::size_t max_bytes = no_limit) const;

  /// The least delta that brings a node with these clocks up to date: the operations that it lacks, of the replicas
  /// that it knows itself. If that does not fit, the first part of it: for each replica the operations up to some
  /// clock, and all removals of presences from before `theirs`. After merging, the node is in the state of that clock,
  /// and asks for the rest with its new clocks.
  presence_delta extract(const replica& to, const replica_clocks& theirs, std::size_t max_bytes = no_limit) const;

  /// Merges a delta of another node. Ignores the parts about this replica itself and about unknown ones. If an earlier
  /// message was lost, the presences that it removed stay visible until that gap is filled.
  presence_changes merge(const presence_delta& from);

private:
  struct known_replica {
    replica_presences presences;
    bool up = true;
  };
  /// Identifies a presence. The views refer to the entry's own text.
  struct identity {
    std::uint64_t process;
    std::string_view topic;
    std::string_view key;
    friend auto operator<=>(const identity&, const identity&) = default;
  };
  struct removal {
    replica_clock at;       ///< clock of the removal
    replica_clock removed;  ///< clock of the removed presence
  };
  using own_presences = std::map<identity, replica_clock>;

  replica_clock now() const noexcept { return own_.seen.context(); }
  replica_clock tick();
  presence_ptr remove(own_presences::iterator which);
  replica_presences own_part(replica_clock since, replica_clock last) const;
  void merge(known_replica& into, const replica_presences& from, presence_changes& seen);

  replica self_;
  std::size_t max_removals_;
  std::map<replica, known_replica> replicas_;  ///< includes this replica
  replica_presences& own_;                     ///< the entry of this replica in `replicas_`
  own_presences own_by_identity_;
  std::deque<removal> removals_;      ///< in the order of their clocks
  replica_clock removals_since_ = 0;  ///< `removals_` has all removals after this clock
  presence_index visible_;
};

}  // namespace bennu
