#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/frame.hpp>
#include <bennu/transport/overflow.hpp>

namespace bennu {

/// The frames that are due to one client, in order. Empty, it holds next to no memory. One thread at a time.
///
/// It has two limits. Beyond the first, `limits::shed_outbox_*`, messages that may be dropped are: see `overflow`.
/// Beyond the second, `limits::max_outbox_*`, the client is to be sent away.
class outbox {
public:
  explicit outbox(bool deflate = false) noexcept : deflate_(deflate) {}

  /// Takes a message that must not be dropped.
  void push(ref<const frame> what) { push(std::move(what), 0, 0); }

  /// Takes a message that may be dropped, or drops it, or others for it.
  /// @returns how many messages were dropped
  std::size_t push(ref<const frame> what, const overflow& at_limit, const limits& of);

  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t messages() const noexcept { return entries_.size() - first_; }
  /// Whether one more fits below the first limit.
  bool has_room_for(const frame& what, const limits& of) const {
    return messages() < of.shed_outbox_messages && bytes_ + wire(what).size() <= of.shed_outbox_bytes;
  }
  bool is_full(const limits& of) const noexcept {
    return bytes_ > of.max_outbox_bytes || messages() > of.max_outbox_messages;
  }

  // -- written as a stream of bytes -----------------------------------------------------------------------------------

  /// What to write next: the rest of the first frame where it is alone or fills the scratch memory; else as much of
  /// what is due as fits, copied there, for one write is cheaper than many.
  std::string_view next(char* scratch, std::size_t scratch_size) const noexcept;

  /// So many bytes have been written. @returns how many messages these were the last of
  std::size_t advance(std::size_t written) noexcept;

  // -- or taken message by message ------------------------------------------------------------------------------------

  const ref<const frame>& at(std::size_t i) const noexcept { return entries_[first_ + i].what; }
  /// The first `count` are under way, and are not dropped any more.
  void hold(std::size_t count) noexcept { held_ = count; }
  /// The first `count` are taken.
  void pop(std::size_t count) noexcept;

  // -- the end --------------------------------------------------------------------------------------------------------

  void clear() noexcept;

  /// Drops all but what is under way: the client must get the rest of that.
  void drop_waiting() noexcept;

private:
  struct entry {
    ref<const frame> what;
    std::uint64_t sender;  ///< 0: not to be dropped
    std::uint64_t key;
  };

  std::string_view wire(const frame& f) const { return deflate_ ? f.deflated().wire() : f.wire(); }
  std::string_view wire(const entry& e) const { return wire(*e.what); }
  bool must_shed(const limits& of) const noexcept {
    return bytes_ > of.shed_outbox_bytes || messages() > of.shed_outbox_messages;
  }
  void push(ref<const frame> what, std::uint64_t sender, std::uint64_t key) {
    entries_.push_back({std::move(what), sender, key});
    bytes_ += wire(entries_.back()).size();
  }
  /// How many at the front must not be dropped.
  std::size_t under_way() const noexcept { return offset_ > 0 && held_ == 0 ? 1 : held_; }
  std::size_t drop_with_key(std::uint64_t sender, std::uint64_t key) noexcept;
  bool drop_oldest_of(std::uint64_t sender) noexcept;
  void compact() noexcept;

  std::vector<entry> entries_;
  std::size_t first_ = 0;   ///< entries before it are written
  std::size_t offset_ = 0;  ///< bytes of the first entry that are written
  std::size_t bytes_ = 0;
  std::size_t held_ = 0;
  bool deflate_;
  bool behind_ = false;  ///< the first limit was reached, and the client has not caught up since
};

}  // namespace bennu
