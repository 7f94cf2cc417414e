#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/internal/interest_map.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/internal/peer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>

namespace bennu {

/// The state of the other nodes that the threads of a node share: the messages that wait for each, and the interest of
/// each. Pure data behind a mutex. It sends nothing itself.
///
/// A *link* to a node is opened, comes up when the node has sent its interest, and is closed. Records for a
/// node are gathered. Its carrier takes them as a batch, and is woken when there are new ones.
///
/// The unacknowledged bytes of a node are limited. So a carrier takes nothing while the node does not acknowledge, and
/// messages wait here meanwhile, up to the outbox's limits.
class peers {
public:
  using clock = std::chrono::steady_clock;
  using bytes = adapter::bytes;

  /// @param log reports messages that are too large to be sent
  /// @param wants see `adapter::host::wants`
  /// @param max_message_bytes a larger message is dropped, and counted
  peers(const limits& l, logger log, std::function<bool(topic_bucket)> wants,
        std::size_t max_message_bytes = std::numeric_limits<std::size_t>::max())
      : limits_(l), log_(std::move(log)), wants_(std::move(wants)), max_message_bytes_(max_message_bytes) {}

  /// Sets the metrics for refused nodes and for interest timeouts. Must be called before all other functions.
  void count_with(std::shared_ptr<metrics> counts) { counts_ = std::move(counts); }

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
  /// Once all that waits was taken the last record is that this node leaves, and after it nothing is sent.
  void leave(const std::string& name);
  bool has_left(const std::string& name) const;
  /// Records the messages and bytes of a received batch, which have to be acknowledged.
  void received(const std::string& name, std::size_t messages, std::size_t message_bytes);
  void on(const std::string& name, const record_wants& what);
  void on(const std::string& name, const record_changes& what);
  void on(const std::string& name, const record_confirmed& what);
  /// Tells a node about another one.
  void tell(const std::string& name, const known_node& about);

  // -- for carriers ---------------------------------------------------------------------------------------------------

  /// Stores the address of a node. @returns false if too many nodes are known
  bool know(const std::string& name, const std::string& address);
  /// Forgets a node that is no longer tried.
  void forget(const std::string& name);
  /// As `on_interest` for every bucket: what was subscribed to before the adapter was started.
  void look_at_all_interest();
  /// Must be called a few times a second: gives up waiting for nodes that do not answer, and drops messages that waited
  /// for too long.
  void tick(clock::time_point now);
  /// Called after the last tick. Ends all waiting for nodes.
  void stop_waiting();

  // -- for the adapter; see there -------------------------------------------------------------------------------------

  std::vector<node_info> nodes() const;
  bool is_wanted(topic_bucket where) const;
  void broadcast(topic_bucket where, const bytes& what);
  void send_to_all(const bytes& what);
  bool send(const node_id& to, const bytes& what);
  void on_interest(topic_bucket where);
  bool when_wanted(topic_bucket where, std::function<void()> then, clock::time_point now);

private:
  struct waiter {
    std::uint64_t change;
    clock::time_point until;
    std::function<void()> then;
  };

  /// The functions to call when the mutex is free again.
  using calls = std::vector<std::shared_ptr<const std::function<void()>>>;

  peer* find(std::string_view name);
  const peer* find(std::string_view name) const;
  /// Does something to a peer, and wakes its gateway where that has something to take then.
  template <class Do>
  void with(const std::string& name, const Do& act);
  void wake(peer& p, calls& then) const;
  void put(peer& p, const bytes& what, calls& then) const;
  void change(topic_bucket where, bool wanted, calls& then);
  void settle_waiters(clock::time_point now, calls& then);
  bool is_known_to_all(std::uint64_t change) const noexcept;
  void warn_of_lag(const std::string& name, std::size_t dropped, calls& then) const;
  static void run(const calls& all);

  const limits& limits_;
  const logger log_;
  const std::function<bool(topic_bucket)> wants_;
  const std::size_t max_message_bytes_;
  std::shared_ptr<metrics> counts_ = std::make_shared<metrics>(std::vector<event_loop*>{});

  /// Links that have begun: so that a node without any does not take the mutex. Changed under the mutex.
  std::atomic<std::size_t> links_ = 0;

  mutable std::mutex mutex_;  // guards all of the following
  std::map<std::string, peer, std::less<>> peers_;
  interest_map told_;                                        ///< what the others were told that this node wants
  std::uint64_t change_ = 0;                                 ///< number of the last change to it
  std::unordered_map<std::uint32_t, std::uint64_t> recent_;  ///< buckets whose change not all have confirmed
  std::set<topic_bucket> unwanted_;                          ///< perhaps; see tick
  std::vector<waiter> waiters_;
  bool waits_ = true;
  clock::time_point now_ = clock::now();  ///< of the last tick
};

}  // namespace bennu
