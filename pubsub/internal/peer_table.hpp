#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/internal/own_interest.hpp>
#include <bennu/pubsub/internal/peer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>

namespace bennu {

/// The other nodes, this node's interest, and the calls that wait until the other nodes know of it. Pure data without a
/// lock: `peers` guards it, and documents the functions that it has too.
class peer_table {
public:
  using clock = peer::clock;
  using bytes = peer::bytes;
  /// The functions to call when the lock is free again, such as wake functions of carriers.
  using calls = std::vector<std::shared_ptr<const std::function<void()>>>;

  peer_table(const limits& l, logger log, std::function<bool(topic_bucket)> is_interested,
             std::size_t max_message_bytes)
      : limits_(l), log_(std::move(log)), max_message_bytes_(max_message_bytes), interest_(std::move(is_interested)) {}

  void count_with(std::shared_ptr<metrics> counts) { counts_ = std::move(counts); }
  /// The number of links that have begun.
  std::size_t links() const noexcept { return links_; }

  // -- for links ------------------------------------------------------------------------------------------------------

  void open(const node_id& who, const std::string& address, std::function<void()> wake, calls& then);
  void up(const std::string& name, calls& then);
  void close(const std::string& name, calls& then);
  void leave(const std::string& name, calls& then);
  bool has_left(const std::string& name) const;
  bool take(const std::string& name, peer::batch& next);
  void received(const std::string& name, std::size_t messages, std::size_t message_bytes, calls& then);
  void on(const std::string& name, const record_interest& record, calls& then);
  void on(const std::string& name, const record_interest_changes& record, calls& then);
  void on(const std::string& name, const record_confirmed& record, calls& then);
  void announce_node(const std::string& name, const known_node& about, calls& then);

  // -- for carriers ---------------------------------------------------------------------------------------------------

  bool know(const std::string& name, const std::string& address);
  void forget(const std::string& name);
  void tick(clock::time_point now, calls& then);
  void stop_waiting(calls& then);

  // -- messages -------------------------------------------------------------------------------------------------------

  std::vector<node_info> nodes() const;
  bool has_interest(topic_bucket bucket) const;
  void broadcast(topic_bucket bucket, const bytes& message, calls& then);
  void send_to_all(const bytes& message, calls& then);
  bool send(const node_id& to, const bytes& message, calls& then);

  // -- interest of this node ------------------------------------------------------------------------------------------

  void on_interest(topic_bucket bucket, calls& then);
  void announce_all_interest(calls& then);
  bool when_interest_known(topic_bucket bucket, std::function<void()> call, clock::time_point now);

private:
  struct waiter {
    std::uint64_t change;
    clock::time_point until;
    std::function<void()> call;
  };

  peer* find(std::string_view name);
  const peer* find(std::string_view name) const;
  /// Adds the wake function of a peer's carrier if there is something to take and the carrier is asleep.
  void wake(peer& p, calls& then) const;
  void put(peer& p, const bytes& message, calls& then) const;
  void warn(std::string line, std::string_view kind, calls& then) const;
  void announce(topic_bucket bucket, bool interested, calls& then);
  /// Calls the waiters whose change all nodes know, and gives up nodes that did not acknowledge a change until `now`.
  void settle_waiters(clock::time_point now, calls& then);
  bool is_known_to_all(std::uint64_t change) const noexcept;

  const limits& limits_;
  const logger log_;
  const std::size_t max_message_bytes_;
  std::shared_ptr<metrics> counts_ = std::make_shared<metrics>(std::vector<event_loop*>{});

  std::map<std::string, peer, std::less<>> peers_;
  std::size_t links_ = 0;
  own_interest interest_;
  std::vector<waiter> waiters_;
  bool may_wait_ = true;
  clock::time_point now_ = clock::now();  ///< of the last tick
};

}  // namespace bennu
