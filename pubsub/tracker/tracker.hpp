#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/pubsub/tracker/presence_error.hpp>
#include <bennu/pubsub/tracker/replication_options.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/log.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

class cluster;
class replicator;
struct tracker_shard;

struct tracker_options {
  /// The tracker's name in the cluster. Trackers of the same name on all nodes exchange their presences.
  std::string name = "presence";
  /// The shards of the table; each topic is in one of them. Must be the same on all nodes; at most 255.
  std::size_t shards = 8;
  std::size_t max_presences_per_process = 10'000;  ///< in one shard
  std::size_t max_meta_bytes = 16 * 1024;          ///< size of a meta with its key, as JSON
  /// Presences in the changes of one shard that wait to be reported. If there are more, only their net effect is
  /// reported: a presence that came and left again is left out, and of several updates only the last is reported.
  std::size_t max_gathered_changes = 1'000;
  /// The time for which changes are gathered before they are reported.
  std::chrono::milliseconds report_window{0};
  /// Set if the listener may block. Each shard's reports then have a thread of their own.
  bool may_block = false;
  bool report_present = false;                                       ///< adds to each report the presences after it
  std::size_t max_listed = std::numeric_limits<std::size_t>::max();  ///< keys in the list of `list_in_order`
  replication_options replication{};
  logger log{log_level::warning};  ///< logs malformed messages of other nodes
};

/// The table of the actors that are present in topics; the base of `presence`. Queries see a change at once. Reports of
/// changes follow a little later.
///
/// The table consists of shards, each a `presence_state` behind a mutex that is held for a few lookups and never while
/// other code runs. So any thread may call any member, without waiting for others: a query or a change costs about a
/// microsecond. Changes are queued under the same mutex. A short-lived actor on CAF's scheduler reports them: one actor
/// at a time for a shard, in the order of the changes, with all changes that were gathered meanwhile (or only their net
/// effect, if they are very many). Reports from the thread that makes the change would be faster, but the reports of
/// two threads could overtake each other on their way to a subscriber, which would then keep an actor that has left.
///
/// When an actor ends, its presences are removed before any of its monitors is notified.
///
/// Trackers of the same name on other nodes receive the changes of this node's actors, and this tracker receives
/// theirs; see `replication`. So all members except `track`, `update` and `untrack` refer to all nodes, and changes on
/// other nodes are reported like local ones.
class tracker {
public:
  using found = std::vector<presence_ptr>;
  using result = std::variant<presence_ptr, presence_error>;

  struct report {
    std::vector<presence_changes> changes;  ///< in order
    /// The presences after these changes, by topic and key, for the keys of the changes. Empty unless
    /// `tracker_options::report_present` is set.
    std::map<std::pair<std::string, std::string>, found> present;
  };

  struct listing {
    std::string topic;
    found presences;       ///< those of the first `tracker_options::max_listed` keys, as in `list`
    std::size_t keys = 0;  ///< the number of keys
  };

  /// Receives reports, on CAF's scheduler or on threads of its own; see `tracker_options::may_block`. Calls about one
  /// topic come in order, and never from two threads at the same time. Must not throw.
  class listener {
  public:
    virtual void on_changes(report changes) = 0;
    /// The list of a topic for the actors that called `list_in_order`.
    virtual void on_list(const listing& list, const std::vector<actor_ref>& readers) = 0;

  protected:
    ~listener() = default;
  };

  /// @param nodes the cluster @param to receives reports as long as it lives
  /// @throws std::invalid_argument if the options contradict each other, or if this node has a tracker of that name
  tracker(cluster& nodes, caf::actor_system& actors, tracker_options wanted, std::weak_ptr<listener> to);
  /// Removes this node's presences, and tells the other nodes.
  ~tracker();
  tracker(const tracker&) = delete;
  tracker& operator=(const tracker&) = delete;

  /// Makes `who` present. Its meta gets a member `phx_ref` that is unique in the cluster.
  /// @throws std::invalid_argument if the meta is not an object, or if there is no such actor
  result track(const actor_ref& who, std::string_view topic, std::string_view key, json meta);

  /// Replaces the meta by the result of `change`, with a new `phx_ref`, and the earlier one as `phx_ref_prev`. `change`
  /// runs on the calling thread, and again if another thread has changed the presence meanwhile.
  /// @throws std::invalid_argument if the new meta is not an object
  result update(const actor_ref& who, std::string_view topic, std::string_view key,
                const std::function<json(json)>& change);

  /// Removes a presence. Does nothing if there is none.
  void untrack(const actor_ref& who, std::string_view topic, std::string_view key);
  /// Removes all presences of `who`.
  void untrack(const actor_ref& who);

  /// The presences of a topic, sorted by key. Those of one key are in the order of their arrival.
  /// @param most the greatest number of keys
  found list(std::string_view topic, std::size_t most = std::numeric_limits<std::size_t>::max()) const;
  found get_by_key(std::string_view topic, std::string_view key) const;
  /// The number of keys of a topic.
  std::size_t count(std::string_view topic) const;

  /// Makes the listener receive the topic's list, for `reader`, in order with the changes: after all changes that the
  /// list contains, and before all others.
  void list_in_order(std::string_view topic, const actor_ref& reader);

private:
  struct shared;
  tracker_shard& shard_of(std::string_view topic) const;

  std::shared_ptr<shared> shared_;  // shared with the actors that report, and with exit handlers
  std::shared_ptr<replicator> replicator_;
};

}  // namespace bennu
