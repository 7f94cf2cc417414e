#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/internal/interest_map.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu {

/// The state of one other node: its information, the messages that wait for it, and the records exchanged since the
/// link began. Pure data without a lock: `peers` has one for each node, and guards it.
class peer {
public:
  using bytes = adapter::bytes;
  using clock = std::chrono::steady_clock;

  enum class stage : std::uint8_t {
    closed,   ///< there is no link
    opening,  ///< this node has sent its interest, and waits for that of the other node
    up,       ///< messages are sent in both directions
    leaving,  ///< this node leaves; waiting messages are still sent
    left,     ///< this node leaves, and all messages were sent
  };

  /// The parts of a batch.
  struct batch {
    std::string records;          ///< records before the messages
    std::vector<bytes> messages;  ///< the messages
    bool leaves = false;          ///< a last record: this node leaves
  };

  /// Begins a link, and resets the state of the last one. @param wake called when records can be taken
  void open(std::shared_ptr<const std::function<void()>> wake);
  /// Ends the link. Waiting messages are lost.
  void close();

  stage at() const noexcept { return at_; }
  bool has_link() const noexcept { return at_ != stage::closed && at_ != stage::left; }
  void become(stage next) noexcept { at_ = next; }

  node_info info;

  // -- messages for it ------------------------------------------------------------------------------------------------

  /// Adds a message. Drops and counts it if too many bytes wait, or if it is larger than `max_bytes`; the node is told
  /// with the next records. @returns true if it was added
  bool put(const bytes& message, const limits& l, std::size_t max_bytes, clock::time_point now);
  /// Drops and counts the messages that have waited for longer than `limits::max_node_lag`. @returns their number
  std::size_t drop_old(const limits& l, clock::time_point now);
  /// Records received messages, which have to be acknowledged.
  void received(std::size_t messages, std::size_t message_bytes);
  /// Handles an acknowledgement.
  void confirmed(const record_confirmed& record, const limits& l, clock::time_point now) noexcept;
  /// The age of the oldest message that waits or is unacknowledged.
  std::chrono::milliseconds lag(clock::time_point now) const noexcept;
  std::uint64_t unconfirmed_bytes() const noexcept { return sent_bytes_ - confirmed_bytes_; }

  // -- its interest, and what it knows of the interest of this node ---------------------------------------------------

  void set_interest(const record_interest& record);
  void change_interest(const record_interest_changes& record);
  bool is_interested(topic_bucket bucket) const noexcept { return at_ == stage::up && interest_.has(bucket); }

  /// Called when the interest of this node has changed.
  void announce_interest(topic_bucket bucket, bool interested);
  /// Announces another node.
  void announce_node(const known_node& about) { news_.push_back(about); }
  /// True if the node has acknowledged all changes up to this one.
  bool knows(std::uint64_t change) const noexcept { return change_confirmed_ >= change; }
  bool is_slow() const noexcept { return is_slow_; }
  void set_slow(bool slow) noexcept { is_slow_ = slow; }

  // -- the next batch -------------------------------------------------------------------------------------------------

  /// The wake function, if records can be taken and the carrier is asleep; else null.
  std::shared_ptr<const std::function<void()>> to_wake(const limits& l);
  /// @param announced the interest of this node @param change the number of the last change to it
  /// @returns false if there is nothing to send; `to_wake` will return a function when there is
  bool take(batch& into, const limits& l, const interest_map& announced, std::uint64_t change);

private:
  struct waiting {
    bytes message;
    clock::time_point since;
  };
  /// The messages in the first `bytes` of all sent bytes are at least as old as `since`.
  struct sent_until {
    std::uint64_t bytes;
    clock::time_point since;
  };

  bool has_something(const limits& l) const noexcept;
  bool has_window(const limits& l) const noexcept {
    return unconfirmed_bytes() < std::min<std::size_t>(window_bytes_, l.max_node_window_bytes);
  }
  void note_sent(clock::time_point since);
  void take_messages(batch& into, const limits& l);

  stage at_ = stage::closed;
  std::shared_ptr<const std::function<void()>> wake_;
  bool asleep_ = true;  ///< the carrier waits to be woken

  /// Bytes that may be on their way. The number grows while they are confirmed soon, and shrinks while they are not, so
  /// that a slow link does not make messages late.
  static constexpr std::size_t min_window_bytes = std::size_t{256} * 1024;
  std::size_t window_bytes_ = min_window_bytes;

  std::deque<waiting> outbox_;
  std::deque<sent_until>
      in_flight_;  ///< unacknowledged messages; one entry for those that began to wait at the same time
  std::size_t outbox_bytes_ = 0;
  // Since the link began; messages only.
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t sent_messages_ = 0;
  std::uint64_t confirmed_bytes_ = 0;
  std::uint64_t confirmed_messages_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t received_messages_ = 0;
  bool owes_confirmation_ = false;
  bool owes_drop_ = false;  ///< messages were dropped, and the node was not told

  bool owes_map_ = false;               ///< the whole interest of this node; else the changes
  std::vector<std::uint32_t> changes_;  ///< changes that are not sent yet
  std::uint64_t change_confirmed_ = 0;
  bool is_slow_ = false;  ///< has not acknowledged a change in time, so joins do not wait for it

  interest_map interest_;
  std::uint64_t change_received_ = 0;  ///< the last received change of the node

  std::vector<known_node> news_;
};

}  // namespace bennu
