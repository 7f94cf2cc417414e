#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/internal/gathered_changes.hpp>
#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replication.hpp>
#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// A shard of a tracker's table. `mutex` guards the other members. It is held for a few look-ups, for a merge, or to
/// fold gathered changes.
struct tracker_shard {
  tracker_shard(replica self, const replication_options& how, std::size_t max_gathered_changes)
      : state(std::move(self)), replicated(state, how), changes(max_gathered_changes) {}

  /// Must be called with the mutex held when something has to be reported. @returns true if the caller has to start the
  /// reporter
  bool must_report() { return !std::exchange(reporting, true); }
  bool has_news() const { return !changes.empty() || !readers.empty(); }

  mutable std::mutex mutex;
  presence_state state;
  replication replicated;
  std::unordered_map<std::uint64_t, std::size_t> processes;  ///< presences of each; it has an exit handler
  gathered_changes changes;                                  ///< not reported yet
  std::map<std::string, std::vector<actor_ref>> readers;     ///< by topic; not told yet
  bool reporting = false;
};

}  // namespace bennu
