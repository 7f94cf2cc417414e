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

#include <bennu/pubsub/tracker/clock_set.hpp>
#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/pubsub/tracker/presence_index.hpp>
#include <bennu/pubsub/tracker/replica.hpp>

namespace bennu {

/// What is known of one replica's presences: which of its operations were seen, and which of the presences that these
/// added are there still, by the clock of the operation. What was seen and is not there was removed.
struct replica_presences {
  clock_set seen;
  std::map<replica_clock, presence_ptr> live;
};

/// What one node tells another: all it knows of some replicas, or what happened there since some clock. It can be
/// merged late, twice, or in any order.
using presence_delta = std::map<replica, replica_presences>;

/// How far each replica has been followed without a gap.
using replica_clocks = std::map<replica, replica_clock>;

/// The presences of a cluster as one node knows them: an observed-remove set with causal contexts, after Bieniusa et
/// al., "An optimized conflict-free replicated set" (arXiv 1210.3368). Pure data, for one thread at a time.
///
/// Each replica adds and removes its own presences only, so two never contradict each other, and whoever merged the
/// same operations knows the same presences. Invariants:
///   1. an operation takes the next clock of its replica, and either adds one presence, which carries that clock, or
///      removes one. An update is two: what an operation did must not depend on what it is seen together with;
///   2. whoever has seen a removal has seen what it removed, and does not have it. So a context is all that a node
///      needs to say to be sent what it lacks, and a message that was lost leaves a gap that shows;
///   3. a presence is visible where its replica is up.
class presence_state {
public:
  /// @param max_removals of its own that are remembered, so that a node that lags no further behind is sent these
  /// instead of everything
  explicit presence_state(replica self, std::size_t max_removals = 10'000);
  presence_state(const presence_state&) = delete;
  presence_state& operator=(const presence_state&) = delete;

  const replica& self() const noexcept { return self_; }

  // -- this replica's presences ---------------------------------------------------------------------------------------

  /// Null where the process is not tracked there.
  presence_ptr find(std::uint64_t process, std::string_view topic, std::string_view key) const;
  /// There must be none for its process, topic and key.
  presence_ptr add(presence_entry what);
  /// Puts another meta in the place of what `find` returned.
  presence_ptr update(const presence_ptr& old, json meta);
  /// @returns what was removed; null where there was nothing
  presence_ptr remove(std::uint64_t process, std::string_view topic, std::string_view key);
  std::vector<presence_ptr> remove_all(std::uint64_t process);

  // -- all that can be seen -------------------------------------------------------------------------------------------

  const presence_index& visible() const noexcept { return visible_; }

  // -- the other replicas; @returns how that changes what can be seen -------------------------------------------------

  /// It can be reached: from now on what is told about it is believed. Its presences appear, where any are known.
  presence_changes replica_up(const replica& which);
  /// It cannot be reached: its presences are hidden until it is up again.
  presence_changes replica_down(const replica& which);
  /// It will not come back: it is forgotten, and what others still tell about it is ignored.
  presence_changes replica_permdown(const replica& which);

  // -- exchange -------------------------------------------------------------------------------------------------------

  /// For `max_bytes`, which is about the presences in a delta, and what names them; the first one fits always.
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  /// Of this replica and those that are up.
  replica_clocks clocks() const;
  /// Of one replica, whether it is up or not; 0 where it is not known.
  replica_clock clock_of(const replica& which) const;

  /// What happened at this replica after the clock `since`; nothing where so many presences were removed meanwhile that
  /// they are not remembered, or where it does not fit.
  std::optional<presence_delta> delta_since(replica_clock since, std::size_t max_bytes = no_limit) const;

  /// The least that brings a node with these clocks up to date: what it lacks of the replicas that it knows itself.
  /// Where that does not fit, the first part: of each replica, what happened up to some clock, and whatever is gone of
  /// what came before `theirs`. Who has merged it is as if nothing had happened after that clock, and asks for the rest
  /// with the clocks that it has then.
  presence_delta extract(const replica& to, const replica_clocks& theirs, std::size_t max_bytes = no_limit) const;

  /// Takes in what another node told. What is about this replica itself, or about one that is not known, is left out.
  /// Where an earlier message got lost, what it removed is seen until that gap is filled.
  presence_changes merge(const presence_delta& from);

private:
  struct known_replica {
    replica_presences presences;
    bool up = true;
  };
  /// Whose presence it is; refers to the entry's own text.
  struct identity {
    std::uint64_t process;
    std::string_view topic;
    std::string_view key;
    friend auto operator<=>(const identity&, const identity&) = default;
  };
  struct removal {
    replica_clock at;       ///< of the operation
    replica_clock removed;  ///< the clock that the presence carried
  };
  using own_presences = std::map<identity, replica_clock>;

  replica_clock now() const noexcept { return own_.seen.context(); }
  replica_clock tick();
  presence_ptr remove(own_presences::iterator which);
  replica_presences own_part(replica_clock since, replica_clock last) const;
  void merge(known_replica& into, const replica_presences& from, presence_changes& seen);

  replica self_;
  std::size_t max_removals_;
  std::map<replica, known_replica> replicas_;  ///< this one included
  replica_presences& own_;                     ///< in there
  own_presences own_by_identity_;
  std::deque<removal> removals_;      ///< in order
  replica_clock removals_since_ = 0;  ///< all that happened after this clock are in there
  presence_index visible_;
};

}  // namespace bennu
