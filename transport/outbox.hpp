#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/frame.hpp>
#include <bennu/transport/overflow.hpp>

namespace bennu {

class overflow_index;

/// The messages that are due to one client, in order. Every transport sends from an outbox. An empty outbox uses almost
/// no memory. For one thread at a time.
///
/// It keeps two limits. Beyond the first, `limits::shed_outbox_*`, messages that may be dropped are dropped: see
/// `overflow`. Beyond the second, `limits::max_outbox_*`, the client is too slow: all waiting messages are dropped,
/// and its transport has to close the connection.
class outbox {
public:
  /// The outcome of a push.
  struct push_result {
    std::size_t dropped = 0;  ///< messages that were dropped at the first limit, for this one or instead of it
    bool overflowed = false;  ///< the second limit was reached, and nothing waits any more
  };

  /// @param of must live for as long as messages are pushed
  /// @param deflate messages are written compressed
  explicit outbox(const bennu::limits& of, bool deflate = false) noexcept;
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Adds a message of the transport's own protocol, regardless of the limits.
  void push(ref<const frame> message);

  /// Adds a message, drops it, or drops others for it.
  /// @param write called at either limit before a message is dropped; sends the bytes that the network accepts by now
  /// If this throws, the earlier messages are unchanged or were dropped by the rules.
  template <class Write>
  push_result push(ref<const frame> message, const overflow& rule, Write&& write) {
    push_result result;
    const bool has_room = has_room_for(*message);
    if (has_room && !(behind_ && rule.policy == overflow::action::keep_latest)) {
      append(std::move(message), rule.sender, rule.key);
    } else {
      if (!has_room) write();
      result.dropped = push_by_rule(std::move(message), rule);
    }
    if (is_full()) {
      write();
      result.overflowed = is_full();
      if (result.overflowed) drop_waiting();
    }
    return result;
  }

  const bennu::limits& limits() const noexcept { return limits_; }

  bool empty() const noexcept { return bytes_ == 0; }
  /// The bytes that are not written yet, including WebSocket headers.
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t messages() const noexcept { return entries_.size() - gone_; }

  /// True if less waits than the first limit allows.
  bool has_room() const noexcept {
    return empty() || (messages() < limits_.shed_outbox_messages && bytes_ < limits_.shed_outbox_bytes);
  }

  /// True once after messages were dropped, or after `await_empty`, when nothing waits any more.
  bool has_caught_up() noexcept { return empty() && std::exchange(awaited_, false); }
  void await_empty() noexcept { awaited_ = true; }

  // -- written as a stream of bytes -----------------------------------------------------------------------------------

  /// The bytes to write next: the rest of the first message if it is alone or fills the scratch memory; else as many
  /// due messages as fit, copied there, because one write is cheaper than many.
  std::string_view next(char* scratch, std::size_t scratch_size) const noexcept;

  /// Removes written bytes. @returns the number of messages that they complete
  std::size_t advance(std::size_t written) noexcept;

  // -- or taken message by message ------------------------------------------------------------------------------------

  /// Removes and returns the first message. There must be one.
  ref<const frame> pop();

  /// The first messages: as many as have `max_bytes` of payload together, but at least one if there is any. They stay
  /// in the outbox, and are not dropped, until `end_batch`. There may be one batch at a time.
  std::vector<ref<const frame>> begin_batch(std::size_t max_bytes);
  /// Ends the batch. Does nothing if there is none.
  /// @param delivered true if the client has received the messages; else they wait again
  void end_batch(bool delivered) noexcept;

  // -- the end --------------------------------------------------------------------------------------------------------

  void clear() noexcept;

  /// Drops all messages except those that were sent in part.
  void drop_waiting() noexcept;

private:
  struct entry {
    ref<const frame> message;  ///< null if it was written or dropped
    std::uint64_t sender;      ///< 0 if it must not be dropped
    std::uint64_t key;
  };

  std::string_view wire(const frame& f) const { return deflate_ ? f.deflated().wire() : f.wire(); }
  std::size_t size_of(const entry& e) const { return wire(*e.message).size(); }

  /// An empty outbox accepts any message, because the client is not slow.
  bool has_room_for(const frame& message) const {
    return empty() ||
           (messages() < limits_.shed_outbox_messages && bytes_ + wire(message).size() <= limits_.shed_outbox_bytes);
  }
  bool must_shed() const noexcept {
    return bytes_ > limits_.shed_outbox_bytes || messages() > limits_.shed_outbox_messages;
  }
  bool is_full() const noexcept {
    return bytes_ > limits_.max_outbox_bytes || messages() > limits_.max_outbox_messages;
  }

  std::size_t push_by_rule(ref<const frame> message, const overflow& rule);
  void append(ref<const frame> message, std::uint64_t sender, std::uint64_t key) {
    const auto size = wire(*message).size();  // may throw, because the message may be compressed only now
    entries_.push_back({std::move(message), sender, key});
    bytes_ += size;
  }
  overflow_index& updated_index();
  std::size_t drop_with_key(std::uint64_t sender, std::uint64_t key);
  bool drop_oldest_of(std::uint64_t sender);
  void drop(std::size_t position) noexcept;
  bool waits(std::size_t position) const noexcept;
  std::size_t first_waiting() const noexcept;
  void remove_first() noexcept;
  void skip_gone() noexcept;
  void compact() noexcept;

  std::vector<entry> entries_;
  const bennu::limits& limits_;
  std::unique_ptr<overflow_index> index_;  ///< of `entries_`; null if nothing had to be searched since they moved
  std::size_t bytes_ = 0;
  std::uint32_t first_ = 0;      ///< the position of the first message; those before it are gone
  std::uint32_t gone_ = 0;       ///< number of removed entries
  std::uint32_t offset_ = 0;     ///< bytes of the first message that are written
  std::uint32_t batch_end_ = 0;  ///< messages before this position are in the batch; 0 if there is none
  bool deflate_;
  bool behind_ = false;   ///< the first limit was reached, and the client has not caught up since
  bool awaited_ = false;  ///< `has_caught_up` is to return true
};

}  // namespace bennu
