#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <bennu/pubsub/audience.hpp>
#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/history/history.hpp>
#include <bennu/pubsub/history/log_exchange.hpp>
#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/pubsub/internal/pubsub_shard.hpp>
#include <bennu/pubsub/internal/unpinned_subscribers.hpp>
#include <bennu/pubsub/remote_message.hpp>
#include <bennu/runtime/metrics.hpp>

#include <caf/message.hpp>

namespace bennu {

/// The topics that keep history: their messages reach the subscribers of this node through the topic's log, and other
/// nodes with their place in it. A part of the pubsub.
class kept_topics {
public:
  using shard_list = std::vector<std::unique_ptr<pubsub_shard>>;

  /// @param service the name of the pubsub's service. All references must outlive this
  kept_topics(const shard_list& shards, cluster& nodes, const unpinned_subscribers& unpinned, std::string_view service,
              logger log);
  ~kept_topics();
  kept_topics(const kept_topics&) = delete;
  kept_topics& operator=(const kept_topics&) = delete;

  /// See `pubsub::keep_history`.
  void begin(bennu::history::rule keeps, std::size_t max_bytes, bennu::history::clock now,
             std::shared_ptr<metrics> counts);
  /// Null before `begin`. Any thread may call.
  bennu::history* history() const noexcept { return history_.load(std::memory_order_acquire); }
  /// See `pubsub::when_history_settled`.
  bool when_settled(std::string_view topic, std::string_view since, std::function<void()> then);

  // -- any thread -----------------------------------------------------------------------------------------------------

  /// Keeps a broadcast in the history of its topic, and sends it to all nodes. @returns the broadcast with its place;
  /// null if it is not to be kept, and then `event` is unchanged
  ref<shared_broadcast> keep(bennu::broadcast& event, const audience& to);
  /// Takes a broadcast that another node keeps. @returns false if no log of this node follows the topic; then it is
  /// unchanged
  bool receive(const node_id& from, bennu::broadcast& event, const remote_place& place);
  /// Sends a message that is not kept through the log of its topic. @returns false if no log of this node follows it
  bool pass(std::string_view topic, const topic_log::content& message, const audience& to);

  // -- a loop's thread ------------------------------------------------------------------------------------------------

  /// Called before a subscriber is added. Messages from before go to the present subscribers first, so the new one does
  /// not get them.
  void follow(pubsub_shard& here, std::string_view topic);

private:
  using log_ptr = std::shared_ptr<topic_log>;

  std::size_t current_loop() const noexcept;
  topic_log::wake_function wake(const log_ptr& log, std::vector<actor_ref> unpinned,
                                std::function<caf::message()> message);
  void read_own(const log_ptr& log, std::size_t own);
  void read(pubsub_shard& here, const log_ptr& log);
  void refresh(pubsub_shard& here, const log_ptr& log);
  void refresh_later(pubsub_shard& here, const log_ptr& log);
  void sweep_later(pubsub_shard& here);

  const shard_list& shards_;
  cluster& nodes_;
  const unpinned_subscribers& unpinned_;
  const std::string_view service_;
  std::shared_ptr<metrics> counts_;
  std::shared_ptr<log_exchange> exchange_;  ///< null if this node is alone
  std::unique_ptr<bennu::history> kept_;
  std::atomic<bennu::history*> history_ = nullptr;  ///< the same, for all threads
};

}  // namespace bennu
