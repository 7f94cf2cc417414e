#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>

#include <bennu/pubsub/tracker/replication_options.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

struct tracker_options {
  /// The tracker's name in the cluster. Trackers of the same name exchange their presences.
  std::string name = "presence";
  /// The shards of the table; each topic is in one of them. Must be the same on all nodes; at most 255.
  std::size_t shards = 8;
  std::size_t max_presences_per_process = 10'000;  ///< in one shard
  std::size_t max_meta_bytes = 16 * 1024;          ///< size of a meta with its key, as JSON
  /// Presences in the changes of one shard that wait to be reported. If more wait, their net effect is reported:
  /// without presences that came and went again meanwhile, and of many updates only the last.
  std::size_t max_gathered_changes = 1'000;
  /// The time for which changes are gathered before they are reported.
  std::chrono::milliseconds report_window{0};
  /// Set if the listener may block. Each shard's reports then have a thread of their own.
  bool may_block = false;
  bool report_present = false;                                       ///< adds to each report the presences after it
  std::size_t max_listed = std::numeric_limits<std::size_t>::max();  ///< keys that `list_in_order` reports
  replication_options replication{};
  logger log{log_level::warning};  ///< logs malformed messages of other nodes
};

}  // namespace bennu
