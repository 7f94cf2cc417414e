#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/internal/gathered_changes.hpp>
#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replication.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// The contents of one part of a tracker's table.
struct tracker_shard_contents {
  tracker_shard_contents(replica self, const replication_options& how, std::size_t max_gathered_changes)
      : state(std::move(self)), replicated(state, how), changes(max_gathered_changes) {}

  /// To be called when there is something to report. @returns true if the caller must start a reporter
  bool must_report() { return !std::exchange(is_reporting, true); }
  bool has_news() const { return !changes.empty() || !readers.empty(); }

  presence_state state;
  replication replicated;
  /// The number of presences of each process. Each process in this map has an exit handler attached.
  std::unordered_map<std::uint64_t, std::size_t> processes;
  gathered_changes changes;                               ///< that were not reported yet
  std::map<std::string, std::vector<actor_ref>> readers;  ///< of each topic, that did not get its list yet
  bool is_reporting = false;
};

/// A part of a tracker's table. Its lock is held for a few look-ups, for a merge, or to fold gathered changes, and
/// never while other code runs.
using tracker_shard = guarded<tracker_shard_contents>;

}  // namespace bennu
