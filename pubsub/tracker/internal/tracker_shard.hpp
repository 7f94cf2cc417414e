#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replication.hpp>
#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// A part of a tracker's table. `mutex` guards the rest; it is held for a few look-ups, or for a merge.
struct tracker_shard {
  tracker_shard(replica self, const replication_options& how) : state(std::move(self)), replicated(state, how) {}

  /// To be called under the mutex when something is to be reported. @returns whether the caller has to start the
  /// reporter
  bool must_report() { return !std::exchange(reporting, true); }

  mutable std::mutex mutex;
  presence_state state;
  replication replicated;
  std::unordered_map<std::uint64_t, std::size_t> processes;  ///< how many presences; each has an exit handler attached
  std::vector<presence_changes> changes;                     ///< not reported yet
  std::map<std::string, std::vector<actor_ref>> readers;     ///< of each topic; not told yet
  bool reporting = false;
};

}  // namespace bennu
