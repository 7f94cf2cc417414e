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

/// One other node: what this one knows of it, the messages that wait for it, and what both have told each other since
/// their link began. Pure data without a lock: `peers` has one for each node, and guards it.
class peer {
public:
  using bytes = adapter::bytes;
  using clock = std::chrono::steady_clock;

  enum class stage : std::uint8_t {
    closed,   ///< there is no link
    opening,  ///< it is told what this node wants, and has not said what it wants
    up,       ///< messages go both ways
    leaving,  ///< this node leaves: what waits is still sent
    left,     ///< and was sent
  };

  /// What a batch is made of.
  struct batch {
    std::string records;          ///< those that come before the messages
    std::vector<bytes> messages;  ///< and these
    bool leaves = false;          ///< and after them that this node leaves
  };

  /// A link begins: forgets what was said on the last one. @param wake is called where there is something to take
  void open(std::shared_ptr<const std::function<void()>> wake);
  /// The link has ended, and what waits is lost.
  void close();

  stage at() const noexcept { return at_; }
  bool has_link() const noexcept { return at_ != stage::closed && at_ != stage::left; }
  void become(stage next) noexcept { at_ = next; }

  node_info info;

  // -- messages for it ------------------------------------------------------------------------------------------------

  /// Drops and counts it if too much waits, or it is larger than `max_bytes`. @returns whether it is kept
  bool put(const bytes& message, const limits& l, std::size_t max_bytes, clock::time_point now);
  /// Drops and counts the messages that have waited for longer than `limits::max_node_lag`. @returns how many
  std::size_t drop_old(const limits& l, clock::time_point now);
  /// What it sent was taken up here: it is to be told.
  void received(std::size_t messages, std::size_t message_bytes);
  /// It has taken up what it was sent.
  void confirmed(const record_confirmed& what, const limits& l, clock::time_point now) noexcept;
  /// Age of the oldest message that waits or is not confirmed.
  std::chrono::milliseconds lag(clock::time_point now) const noexcept;
  std::uint64_t unconfirmed_bytes() const noexcept { return sent_bytes_ - confirmed_bytes_; }

  // -- what it wants, and what it knows that this node wants ----------------------------------------------------------

  void wants(const record_wants& what);
  void wants(const record_changes& what);
  bool does_want(topic_bucket where) const noexcept { return at_ == stage::up && wants_.has(where); }

  /// What this node wants has changed.
  void tell(topic_bucket where, bool wanted);
  /// Of another node.
  void tell(const known_node& about) { news_.push_back(about); }
  /// Whether it knows of all changes up to this one.
  bool knows(std::uint64_t change) const noexcept { return change_confirmed_ >= change; }
  bool is_slow() const noexcept { return is_slow_; }
  void set_slow(bool slow) noexcept { is_slow_ = slow; }

  // -- what is sent next ----------------------------------------------------------------------------------------------

  /// Its wake function, where there is something to take and nobody is about to; else null.
  std::shared_ptr<const std::function<void()>> to_wake(const limits& l);
  /// @param told all that this node wants, and `change` the number of the last change to it
  /// @returns false where there is nothing to send now: then `to_wake` will have something
  bool take(batch& into, const limits& l, const interest_map& told, std::uint64_t change);

private:
  struct waiting {
    bytes message;
    clock::time_point since;
  };
  /// Up to so many of the bytes sent, messages are not younger than this.
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
  bool asleep_ = true;  ///< nobody is about to take

  /// Bytes that may be on their way. It grows while they are confirmed soon, and shrinks while they are not, so that a
  /// slow link does not make messages late.
  static constexpr std::size_t min_window_bytes = std::size_t{256} * 1024;
  std::size_t window_bytes_ = min_window_bytes;

  std::deque<waiting> outbox_;
  std::deque<sent_until> in_flight_;  ///< not confirmed; one entry for all that began to wait at the same time
  std::size_t outbox_bytes_ = 0;
  // Since the link began; messages only.
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t sent_messages_ = 0;
  std::uint64_t confirmed_bytes_ = 0;
  std::uint64_t confirmed_messages_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t received_messages_ = 0;
  bool owes_confirmation_ = false;

  bool owes_map_ = false;               ///< all that this node wants; else the changes
  std::vector<std::uint32_t> changes_;  ///< not sent yet
  std::uint64_t change_confirmed_ = 0;
  bool is_slow_ = false;  ///< did not confirm a change in time; not waited for

  interest_map wants_;
  std::uint64_t change_received_ = 0;  ///< of those that it made

  std::vector<known_node> news_;
};

}  // namespace bennu
