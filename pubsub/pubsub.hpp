#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/audience.hpp>
#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/early_exits.hpp>
#include <bennu/pubsub/history/history.hpp>
#include <bennu/pubsub/topic_counts.hpp>
#include <bennu/pubsub/topic_table.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/metrics.hpp>

namespace caf {
class message;
}

namespace bennu {

class event_loop;
class kept_topics;
struct pubsub_shard;
class unpinned_subscribers;

/// Routes messages to the subscribers of a topic. Topics are plain strings, and exist while they have a subscriber.
///
/// Each event loop has a table of its own that only its thread touches: a broadcast takes no lock, and costs one task
/// for each other loop that has subscribers. Actors that are not pinned to a loop are in one more table, behind a
/// mutex.
///
/// Messages go to the subscribers on this node, and over the `cluster` to the other nodes that have subscribers.
///
/// Delivery is at most once. Messages of one sender reach one subscriber in the order in which they were sent, on any
/// node. Between senders there is no order, with one exception: on one node, an effect arrives after its cause. If a
/// subscriber receives a message and then broadcasts another, no subscriber of that node gets the second before the
/// first. If the sender runs on a loop, the subscribers of that loop have the message when the call returns.
class pubsub {
public:
  /// Creates the pubsub of a node that is alone. @param loops the loops whose threads may subscribe; they must outlive
  /// this
  explicit pubsub(std::vector<event_loop*> loops);
  /// @param link the adapter that connects this node with the others, once the cluster was started
  pubsub(std::vector<event_loop*> loops, std::unique_ptr<adapter> link, logger log);
  ~pubsub();

  // -- objects that live on an event loop: its thread only ------------------------------------------------------------

  /// Subscribes `target` on the calling thread's loop. `target` and `made` must live until `unsubscribe`, which the
  /// same thread calls.
  /// @param owner the actor that subscribes; it gets no message of which it is the `audience::from`
  /// @throws std::logic_error if the calling thread runs none of the loops
  void subscribe(std::string_view topic, subscriber& target, actor_id owner, topic_table::subscription& made);
  void unsubscribe(topic_table::subscription& ended);

  // -- any actor: any thread ------------------------------------------------------------------------------------------

  /// When this call returns, `who` is subscribed: it receives each broadcast as a message of type `broadcast`, and each
  /// published message as it was sent. An actor that subscribes twice gets both twice.
  void subscribe(std::string_view topic, const actor_ref& who);
  /// Removes all subscriptions of `who` to the topic. They also end with the actor.
  void unsubscribe(std::string_view topic, const actor_ref& who);

  // -- any thread -----------------------------------------------------------------------------------------------------

  /// Sends an event to the clients of a topic and to subscribed actors. Clients whose protocol cannot express the
  /// payload miss the event, which is logged: Phoenix's protocols express objects, and version 2 also bytes.
  /// @returns false if the event is for one node, and that node is not up
  bool broadcast(std::string_view topic, std::string_view event, payload content, const audience& to = {});

  /// As `broadcast` to the subscribers on all nodes, for a sender that keeps track of the topic's history.
  /// @returns the position after the message; empty if the message is not kept
  std::string broadcast_at(std::string_view topic, std::string_view event, payload content);

  /// Sends a message to the subscribed actors, not to their clients. They receive it as a `published`.
  /// @returns the same as `broadcast`
  bool publish(std::string_view topic, json message, const audience& to = {});
  /// Sends any CAF message to the subscribed actors on this node. Such messages are not sent over the network.
  void publish(std::string_view topic, const caf::message& message);

  // -- questions about the subscribers of this node: any thread -------------------------------------------------------

  /// Counts the subscribers of topics, after they have received all earlier messages of the calling thread.
  /// @param then called once, on any thread, with a number for each topic. Must not throw
  void count_subscribers(std::vector<std::string> topics, std::function<void(std::vector<std::size_t>)> then);
  /// Lists topics with their subscribers. Each loop searches its own in small steps, so that its other work is hardly
  /// delayed. @param then called once, on any thread. Must not throw
  void list_topics(topic_range wanted, std::function<void(topic_counts)> then);

  // -- history --------------------------------------------------------------------------------------------------------

  /// Makes topics keep history. Called once, before their first subscription.
  /// @param keeps the history that a topic keeps, or null; any thread may call it
  /// @param now see `history::options`
  void keep_history(bennu::history::rule keeps, std::size_t max_bytes, bennu::history::clock now = node_time);
  /// The histories of the topics; null if no topic keeps one. Any thread may call.
  bennu::history* history() const noexcept;
  /// Calls `then`, on any thread, when the history of a topic on this node has all messages that the other nodes had
  /// when they were last asked. If it has them, returns true and does not call. Until then no position is judged.
  /// @param since a position; if it has messages that this node does not have, the others are asked once more
  bool when_history_settled(std::string_view topic, std::string_view since, std::function<void()> then);

  /// Counts broadcasts and reached limits between nodes in `counts`. Must be called before the first broadcast, and
  /// before the cluster is started.
  void count_with(std::shared_ptr<metrics> counts);

  // -- any thread: before a subscription that must miss nothing -------------------------------------------------------

  /// Gives this node interest in a topic, as if it had a subscriber, until the result is destroyed: other nodes send
  /// their broadcasts of the topic to it.
  std::shared_ptr<void> hold_interest(std::string_view topic);
  /// Calls `then`, on any thread, when every node that is up knows of this node's interest in the topic. A subscriber
  /// that is added from then on misses no broadcast of another node. If all nodes know already, returns true and does
  /// not call. Waits at most `limits::node_interest_timeout` for a node that does not answer.
  bool when_interest_known(std::string_view topic, std::function<void()> then);

  // -- actors that are about to end -----------------------------------------------------------------------------------

  bennu::early_exits& early_exits() noexcept { return early_exits_; }

  // -- this node and the others ---------------------------------------------------------------------------------------

  bennu::cluster& cluster() noexcept { return *cluster_; }
  const std::string& node_name() const noexcept { return cluster_->self().name; }

private:
  static constexpr std::string_view service_name = "pubsub";

  using shard = pubsub_shard;
  class remote;

  shard& current_shard() const;
  template <class Message>
  bool send(Message&& message, const audience& to);
  template <class Message>
  void send_to_nodes(const Message& message, const audience& to);
  void deliver(bennu::broadcast event, const audience& to);
  void deliver(published message, const audience& to);
  template <class Delivery>
  void deliver_all(const Delivery& delivery, const audience& to);

  std::vector<std::unique_ptr<shard>> shards_;
  std::shared_ptr<metrics> counts_;
  bennu::early_exits early_exits_;
  std::shared_ptr<bennu::cluster> cluster_;         // shared with the following
  std::shared_ptr<unpinned_subscribers> unpinned_;  // shared with the exit handlers of its actors
  std::shared_ptr<remote> remote_;                  // takes messages of other nodes
  std::unique_ptr<kept_topics> kept_;
};

}  // namespace bennu
