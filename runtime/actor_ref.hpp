#pragma once

#include <cstdint>
#include <utility>

namespace caf {
class actor_control_block;
}

namespace bennu {

/// Identifies an actor among those that this process knows, including actors of other nodes. Unlike an address, an id
/// is not reused after its actor has ended.
enum class actor_id : std::uint64_t { none = 0 };

/// A counted reference to an actor, for code that does not include CAF. Copies are cheap. Any thread may hold one.
/// `<bennu/runtime/caf.hpp>` converts it to a `caf::actor` and back.
class actor_ref {
public:
  actor_ref() noexcept = default;
  /// Shares the ownership of `block`, which may be null.
  explicit actor_ref(caf::actor_control_block* block) noexcept;
  actor_ref(const actor_ref& other) noexcept : actor_ref(other.block_) {}
  actor_ref(actor_ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  actor_ref& operator=(actor_ref other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~actor_ref();

  explicit operator bool() const noexcept { return block_ != nullptr; }
  caf::actor_control_block* get() const noexcept { return block_; }
  /// `none` for a null reference.
  actor_id id() const noexcept;

  /// True if both refer to the same actor.
  friend bool operator==(const actor_ref& a, const actor_ref& b) noexcept { return a.block_ == b.block_; }

private:
  caf::actor_control_block* block_ = nullptr;
};

}  // namespace bennu
