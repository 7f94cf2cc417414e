#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/pubsub/topic_counts.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/guarded.hpp>

namespace caf {
class message;
}

namespace bennu {

/// The subscribers that are not pinned to an event loop. They are actors, whose mailboxes accept messages from any
/// thread, so only the table needs a lock. An actor's end removes its subscriptions. Any thread may call any member.
class unpinned_subscribers : public std::enable_shared_from_this<unpinned_subscribers> {
public:
  explicit unpinned_subscribers(std::shared_ptr<cluster> nodes) : nodes_(std::move(nodes)) {}

  /// An actor that subscribes twice gets each message twice.
  void subscribe(std::string_view topic, const actor_ref& who);
  /// Removes all subscriptions of `who` to the topic.
  void unsubscribe(std::string_view topic, const actor_ref& who);

  /// Sends a message to actors.
  static void send(const std::vector<actor_ref>& to, const caf::message& message);

  /// The topic's subscribers except for `except`.
  std::vector<actor_ref> of(std::string_view topic, actor_id except) const;

  /// The topics of a range, with the numbers of these subscribers.
  topic_counts list(const topic_range& wanted) const;

private:
  struct tables {
    std::unordered_map<std::string, std::vector<actor_ref>, keyed_hasher, std::equal_to<>> topics;
    /// The topics of each actor that has subscribed since it began. An entry stays until the actor ends, so that one
    /// exit handler is attached to it, however often it subscribes and unsubscribes.
    std::unordered_map<actor_id, std::set<std::string, std::less<>>> topics_of;

    /// @returns the number of removed subscriptions
    std::size_t remove(std::string_view topic, actor_id who);
  };

  void on_exit(actor_id who);
  void note_removed(std::string_view topic, std::size_t count);

  const std::shared_ptr<cluster> nodes_;
  guarded<tables> tables_;
  std::atomic<std::size_t> count_ = 0;  ///< number of subscriptions; while it is 0, the lock is not taken
};

}  // namespace bennu
