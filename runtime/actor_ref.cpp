#include <bennu/runtime/actor_ref.hpp>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/node_id.hpp>

namespace bennu {

actor_ref::actor_ref(caf::actor_control_block* block) noexcept : block_(block) {
  if (block_ != nullptr) intrusive_ptr_add_ref(block_);
}

actor_ref::~actor_ref() {
  if (block_ != nullptr) intrusive_ptr_release(block_);
}

actor_id actor_ref::id() const noexcept {
  if (block_ == nullptr) return actor_id::none;
  if (block_->nid == block_->home_system->node()) return actor_id{block_->aid};
  // CAF numbers the actors of each node from 1, so those of other nodes get their node's hash as well.
  constexpr auto of_another_node = std::uint64_t{1} << 63;
  return actor_id{(block_->aid ^ std::hash<caf::node_id>{}(block_->nid)) | of_another_node};
}

}  // namespace bennu
