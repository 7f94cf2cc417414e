#pragma once

#include <cstdint>
#include <utility>

namespace caf {
class actor_control_block;
}

namespace bennu {

/// Tells the actors that this process knows apart, those of other nodes included. Unlike an address, an id is not used
/// again after its actor has ended.
enum class actor_id : std::uint64_t { none = 0 };

/// A counted reference to an actor, for code that includes nothing of CAF. Copies are cheap; any thread may hold one.
/// `<bennu/runtime/caf.hpp>` turns it into a `caf::actor` and back.
class actor_ref {
public:
  actor_ref() noexcept = default;
  /// Takes part in the ownership of `block`, which may be null.
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

  /// The same actor.
  friend bool operator==(const actor_ref& a, const actor_ref& b) noexcept { return a.block_ == b.block_; }

private:
  caf::actor_control_block* block_ = nullptr;
};

}  // namespace bennu
