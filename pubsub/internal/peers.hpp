#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/internal/peer_table.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// The state of the other nodes that the threads of a node share: the messages that wait for each, and the interest of
/// each. It sends nothing itself. Any thread may call any member.
///
/// A *link* to a node is opened, comes up when the node has sent its interest, and is closed. Records for a
/// node are gathered. Its carrier takes them as a batch, and is woken when there are new ones.
///
/// The unacknowledged bytes of a node are limited. So a carrier takes nothing while the node does not acknowledge, and
/// messages wait here meanwhile, up to the outbox's limits.
class peers {
public:
  using clock = peer_table::clock;
  using bytes = adapter::bytes;

  /// @param log reports messages that are too large to be sent
  /// @param is_interested see `adapter::host::is_interested`
  /// @param max_message_bytes a larger message is dropped, and counted
  peers(const limits& l, logger log, std::function<bool(topic_bucket)> is_interested,
        std::size_t max_message_bytes = std::numeric_limits<std::size_t>::max())
      : table_(l, std::move(log), std::move(is_interested), max_message_bytes) {}

  /// Sets the metrics for refused nodes and for interest timeouts. Must be called before all other functions.
  void count_with(std::shared_ptr<metrics> counts) { table_.lock()->count_with(std::move(counts)); }

  // -- for links ------------------------------------------------------------------------------------------------------

  /// Begins a link. @param wake called, on any thread, when records can be taken
  void open(const node_id& who, const std::string& address, std::function<void()> wake);
  /// Called when the node has sent its interest. From now on messages may be sent to it.
  void up(const std::string& name);
  /// Ends the link. Waiting messages are lost.
  void close(const std::string& name);
  /// Stores the next records to send in an empty string.
  /// @returns false if there are none; `wake` will be called when there are
  bool take(const std::string& name, std::string& batch);
  /// Makes a last record say that this node leaves, after all waiting records were taken. After it nothing is sent.
  void leave(const std::string& name);
  bool has_left(const std::string& name) const { return table_.lock()->has_left(name); }
  /// Records the messages and bytes of a received batch, which have to be acknowledged.
  void received(const std::string& name, std::size_t messages, std::size_t message_bytes);
  void on(const std::string& name, const record_interest& record);
  void on(const std::string& name, const record_interest_changes& record);
  void on(const std::string& name, const record_confirmed& record);
  /// Announces another node to a node.
  void announce_node(const std::string& name, const known_node& about);

  // -- for carriers ---------------------------------------------------------------------------------------------------

  /// Stores the address of a node. @returns false if too many nodes are known
  bool know(const std::string& name, const std::string& address) { return table_.lock()->know(name, address); }
  /// Forgets a node that is no longer tried.
  void forget(const std::string& name) { table_.lock()->forget(name); }
  /// Does what `on_interest` does, for every bucket: for subscribers that came before the adapter was started.
  void announce_all_interest();
  /// Must be called a few times a second: gives up waiting for nodes that do not answer, and drops messages that waited
  /// for too long.
  void tick(clock::time_point now);
  /// Called after the last tick. Ends all waiting for nodes.
  void stop_waiting();

  // -- for the adapter; see there -------------------------------------------------------------------------------------

  std::vector<node_info> nodes() const { return table_.lock()->nodes(); }
  bool has_interest(topic_bucket bucket) const;
  void broadcast(topic_bucket bucket, const bytes& message);
  void send_to_all(const bytes& message);
  bool send(const node_id& to, const bytes& message);
  void on_interest(topic_bucket bucket);
  bool when_interest_known(topic_bucket bucket, std::function<void()> then, clock::time_point now);

private:
  /// Calls `act` with the table and a list, and then, without the lock, the functions in the list.
  template <class Act>
  void with_table(const Act& act);

  guarded<peer_table> table_;
  /// The number of links that have begun, so that a node without any does not take the lock. Changed under the lock.
  std::atomic<std::size_t> links_ = 0;
};

}  // namespace bennu
