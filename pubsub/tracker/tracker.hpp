#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/pubsub/tracker/presence_error.hpp>
#include <bennu/pubsub/tracker/presence_report.hpp>
#include <bennu/pubsub/tracker/tracker_options.hpp>
#include <bennu/runtime/actor_ref.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

class cluster;
class replicator;
class tracker_core;

/// The table of the processes that are present in topics; the base of `presence`. Queries see a change at once. Changes
/// are reported a little later.
///
/// The table is in shards, each a `presence_state` behind a lock that is held for a few look-ups and never while other
/// code runs. So any thread may call any member, and no caller waits for another: a query or a change costs about a
/// microsecond. A change is queued under the same lock, and reported by a short-lived actor on CAF's scheduler: one at
/// a time for each shard, in the order of the changes, with all changes that were gathered meanwhile (or their net
/// effect, if they are very many). A report from the thread that makes the change would be quicker, but the reports of
/// two threads could overtake each other on their way to a subscriber, which then would keep a presence that is gone.
///
/// When a process ends, its presences are removed before its monitors are notified.
///
/// Trackers of the same name on all nodes exchange their presences; see `replication`. So all members except `track`,
/// `update` and `untrack` refer to all nodes, and changes on other nodes are reported like local ones.
class tracker {
public:
  using found = std::vector<presence_ptr>;
  using result = std::variant<presence_ptr, presence_error>;

  using report = presence_report;
  using listing = presence_listing;
  using listener = presence_listener;

  /// @param nodes the cluster @param to receives the reports as long as it lives
  /// @throws std::invalid_argument if the options contradict each other, or if this node has a tracker of that name
  tracker(cluster& nodes, caf::actor_system& actors, tracker_options options, std::weak_ptr<listener> to);
  /// Removes this node's presences, and tells the other nodes.
  ~tracker();
  tracker(const tracker&) = delete;
  tracker& operator=(const tracker&) = delete;

  /// Makes `who` present. Its meta gets a member `phx_ref` that is unique in the cluster.
  /// @throws std::invalid_argument if the meta is not an object, or if there is no such actor
  result track(const actor_ref& who, std::string_view topic, std::string_view key, json meta);

  /// Replaces a meta by the result of `change`, with a new `phx_ref`, and the old one as `phx_ref_prev`. `change` runs
  /// on the calling thread, and once more if another thread has changed the presence meanwhile.
  /// @throws std::invalid_argument if the new meta is not an object
  result update(const actor_ref& who, std::string_view topic, std::string_view key,
                const std::function<json(json)>& change);

  /// Ends a presence. Does nothing if there is none.
  void untrack(const actor_ref& who, std::string_view topic, std::string_view key);
  /// Ends the presences of `who` in all topics.
  void untrack(const actor_ref& who);

  /// The presences in a topic, sorted by key; those of one key in the order in which they came.
  found list(std::string_view topic, std::size_t max_keys = std::numeric_limits<std::size_t>::max()) const;
  found get_by_key(std::string_view topic, std::string_view key) const;
  /// The number of keys of a topic.
  std::size_t count(std::string_view topic) const;

  /// Reports the topic's list to `reader`, in order with the changes: after all changes that it contains, and before
  /// any other.
  void list_in_order(std::string_view topic, const actor_ref& reader);

private:
  std::shared_ptr<tracker_core> core_;
  std::shared_ptr<replicator> replicator_;
};

}  // namespace bennu
