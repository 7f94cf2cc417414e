#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/departures.hpp>
#include <bennu/pubsub/topic_table.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/metrics.hpp>

namespace caf {
class message;
}

namespace bennu {

class event_loop;

/// Routes messages to the subscribers of a topic. Topics are plain strings, and exist while somebody subscribes.
///
/// Each event loop has a table of its own that only its thread touches: a broadcast takes no lock, and costs one task
/// for each other loop that has subscribers. Actors that live on no loop are in one more table, behind a mutex.
///
/// What is broadcast or published goes to the subscribers on this node, and over the `cluster` to the other nodes that
/// have any.
///
/// Messages of one sender reach one subscriber in the order they were sent, on whichever node it is; between senders
/// there is no order. Delivery is at most once. Where the sender runs on a loop, the subscribers of that loop have the
/// message when the call returns.
class pubsub {
public:
  /// A node that is alone. @param loops the loops whose threads may subscribe; they must outlive this
  explicit pubsub(std::vector<event_loop*> loops);
  /// @param link how this node reaches the others, once the cluster was started
  pubsub(std::vector<event_loop*> loops, std::unique_ptr<adapter> link, logger log);
  ~pubsub();

  // -- for what lives on an event loop: its thread only ---------------------------------------------------------------

  /// Subscribes `who` on the calling thread's loop. `who` and `place` must live until `unsubscribe`, on the same
  /// thread.
  /// @param owner what `broadcast_from` compares with; an actor's address
  void subscribe(std::string_view topic, subscriber& who, const void* owner, topic_table::subscription& place);
  void unsubscribe(topic_table::subscription& place);

  // -- for any actor, from any thread ---------------------------------------------------------------------------------

  /// From the return of this call on, `who` receives each broadcast as a message of type `broadcast`, and what else is
  /// sent to the topic as it was sent. Subscribing twice delivers twice.
  void subscribe(std::string_view topic, const actor_ref& who);
  /// Drops all subscriptions of `who` to the topic. Its end does so too.
  void unsubscribe(std::string_view topic, const actor_ref& who);

  // -- from any thread ------------------------------------------------------------------------------------------------

  /// @throws std::invalid_argument where the payload is neither an object nor bytes, or where it is bytes and topic or
  /// event are longer than the 255 bytes that Phoenix's binary messages have room for
  void broadcast(std::string_view topic, std::string_view event, payload what);
  /// As `broadcast`, to all but `from`.
  void broadcast_from(const void* from, std::string_view topic, std::string_view event, payload what);
  /// As `broadcast_from`, with any payload: clients whose protocol has no form for it miss the event.
  void broadcast_any(const void* from, std::string_view topic, std::string_view event, payload what);
  /// As `broadcast`, to the subscribers on this node only.
  void local_broadcast(std::string_view topic, std::string_view event, payload what);
  /// As `broadcast`, to the subscribers on one node only, which may be this one.
  /// @returns false where it is not up
  bool direct_broadcast(std::string_view node, std::string_view topic, std::string_view event, payload what);

  /// To the subscribed processes, not to their clients.
  void publish(std::string_view topic, json message);
  void local_publish(std::string_view topic, json message);
  bool direct_publish(std::string_view node, std::string_view topic, json message);

  /// Any CAF message to the subscribed processes on this node.
  void send(std::string_view topic, const caf::message& what);

  /// Counts the broadcasts from now on, and what limits between nodes stop. To be called before there are any, and
  /// before the cluster is started.
  void count_with(std::shared_ptr<metrics> counts);

  // -- from any thread: before subscribing, where nothing may be missed -----------------------------------------------

  /// Has other nodes send here what is broadcast to the topic, as if somebody had subscribed, until the result is
  /// dropped.
  std::shared_ptr<void> expect(std::string_view topic);
  /// Calls `then`, on any thread, once every node that is up knows what this one expects: whoever subscribes then
  /// misses nothing that is broadcast elsewhere from then on. Where all know already, returns true, and does not call.
  /// Does not wait longer than `limits::node_interest_timeout` for a node that does not answer.
  bool when_expected(std::string_view topic, std::function<void()> then);

  // -- actors that have to go -----------------------------------------------------------------------------------------

  bennu::departures& departures() noexcept { return departures_; }

  // -- this node and the others ---------------------------------------------------------------------------------------

  bennu::cluster& cluster() noexcept { return *cluster_; }
  const std::string& node_name() const noexcept { return cluster_->self().name; }

private:
  /// A topic falls into one of so many counters of a loop; a loop whose counter is 0 has no subscriber and is left
  /// alone.
  static constexpr std::size_t interest_buckets = 4096;
  using interest = std::array<std::atomic<std::uint32_t>, interest_buckets>;

  struct shard;
  struct elsewhere;
  class remote;

  shard& here() const;
  void deliver(bennu::broadcast what, const void* except);
  void deliver(published what);
  template <class Visit>
  void on_each_loop(std::string_view topic, const void* except, const Visit& visit);

  std::vector<std::unique_ptr<shard>> shards_;
  std::shared_ptr<metrics> counts_;
  bennu::departures departures_;
  std::shared_ptr<bennu::cluster> cluster_;  // shared with the following
  std::shared_ptr<elsewhere> elsewhere_;     // shared with the exit handlers of its actors
  std::shared_ptr<remote> remote_;           // what comes from other nodes
};

}  // namespace bennu
