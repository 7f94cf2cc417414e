#include <bennu/runtime/actor_ref.hpp>

#include <caf/actor_control_block.hpp>

namespace bennu {

actor_ref::actor_ref(caf::actor_control_block* block) noexcept : block_(block) {
  if (block_ != nullptr) intrusive_ptr_add_ref(block_);
}

actor_ref::~actor_ref() {
  if (block_ != nullptr) intrusive_ptr_release(block_);
}

}  // namespace bennu
