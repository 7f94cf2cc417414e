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
  /// What other nodes know this tracker by: nodes exchange what trackers of one name have.
  std::string name = "presence";
  /// Parts of the table; a topic is in one of them. The same on all nodes; at most 255.
  std::size_t shards = 8;
  std::size_t max_presences_per_process = 10'000;  ///< in one shard
  std::size_t max_meta_bytes = 16 * 1024;          ///< of a meta with its key, as JSON
  /// Presences in the changes of one shard that wait to be reported. Where more wait, they are told as their net
  /// effect: who came and went again meanwhile is not told of, and of many updates the last one only.
  std::size_t max_gathered_changes = 1'000;
  /// How long changes are gathered before they are reported.
  std::chrono::milliseconds report_window{0};
  /// Whether the listener may wait for something: then each shard's reports have a thread of their own.
  bool may_block = false;
  bool report_present = false;                                       ///< whether reports say what is present after them
  std::size_t max_listed = std::numeric_limits<std::size_t>::max();  ///< keys that `list_in_order` tells
  replication_options replication{};
  logger log{log_level::warning};  ///< hears of other nodes' messages that make no sense
};

/// Which processes are present where: what presence is built on. What it tells is true at once; what changes is
/// reported a little later.
///
/// The table is in shards, each a `presence_state` behind a mutex that is held for a few lookups and never while other
/// code runs. So any thread may call anything, and nobody waits for anybody: asking and changing cost about a
/// microsecond. What changed is queued under the same mutex, and reported by a short-lived actor on CAF's scheduler:
/// one at a time a shard, in the order of the changes, all that gathered meanwhile at once (or what comes of them,
/// where that is very much). Reporting from the thread that makes a change would be quicker, but two threads' reports
/// could overtake each other on their way to a subscriber, which then would keep somebody who has left.
///
/// A process that ends takes its presences with it, before anybody who monitors it hears of its end.
///
/// What this node's processes do, trackers of the same name on other nodes are told, and the other way round; see
/// `replication`. So all members but `track`, `update` and `untrack` are about all nodes, and what happens on another
/// one is reported like what happens here.
class tracker {
public:
  using found = std::vector<presence_ptr>;
  using result = std::variant<presence_ptr, presence_error>;

  struct report {
    std::vector<presence_changes> changes;  ///< in order
    /// By topic and key, what is present after these changes of what they are about; where
    /// `tracker_options::report_present` asks for it.
    std::map<std::pair<std::string, std::string>, found> present;
  };

  struct listing {
    std::string topic;
    found presences;       ///< of the first `tracker_options::max_listed` keys, as `list` has them
    std::size_t keys = 0;  ///< how many there are
  };

  /// Hears what happens, on CAF's scheduler, or on threads of its own; see `tracker_options::may_block`. What concerns
  /// one topic comes in order, and never from two threads at once. Must not throw.
  class listener {
  public:
    virtual void on_changes(report what) = 0;
    /// What those who asked with `list_in_order` are to be told.
    virtual void on_list(const listing& what, const std::vector<actor_ref>& readers) = 0;

  protected:
    ~listener() = default;
  };

  /// @param nodes where the other nodes are @param to is told as long as it lives
  /// @throws std::invalid_argument where the options contradict each other, or this node has a tracker of that name
  tracker(cluster& nodes, caf::actor_system& actors, tracker_options wanted, std::weak_ptr<listener> to);
  /// Tells the other nodes that its presences are gone.
  ~tracker();
  tracker(const tracker&) = delete;
  tracker& operator=(const tracker&) = delete;

  /// `who` is present from now on. Its meta gets a member `phx_ref` that is unique in the cluster.
  /// @throws std::invalid_argument where the meta is no object or there is no such actor
  result track(const actor_ref& who, std::string_view topic, std::string_view key, json meta);

  /// Puts what `change` makes of the meta in its place, with a new `phx_ref`, and the one it had as `phx_ref_prev`.
  /// `change` runs on the calling thread, and once more where the presence was changed by somebody else meanwhile.
  /// @throws std::invalid_argument where the new meta is no object
  result update(const actor_ref& who, std::string_view topic, std::string_view key,
                const std::function<json(json)>& change);

  /// Where it is not present, nothing happens.
  void untrack(const actor_ref& who, std::string_view topic, std::string_view key);
  /// From all topics.
  void untrack(const actor_ref& who);

  /// Who is present in a topic, sorted by key; the presences of one key in the order they came.
  /// @param most keys
  found list(std::string_view topic, std::size_t most = std::numeric_limits<std::size_t>::max()) const;
  found get_by_key(std::string_view topic, std::string_view key) const;
  /// How many keys a topic has.
  std::size_t count(std::string_view topic) const;

  /// Has the listener told the topic's list, for `reader`, in its place among the changes: after all that it contains,
  /// and before any other.
  void list_in_order(std::string_view topic, const actor_ref& reader);

private:
  struct shared;
  tracker_shard& shard_of(std::string_view topic) const;

  std::shared_ptr<shared> shared_;  // also of actors that report, and of exit handlers
  std::shared_ptr<replicator> replicator_;
};

}  // namespace bennu
