#include <bennu/runtime/joint_post.hpp>

namespace bennu {

void joint_post::entry::push() {
  queue_.emplace(loop_->posted_.lock());
  was_idle_ = (*queue_)->empty();
  (*queue_)->push_back(std::move(work_));
}

joint_post::entry::~entry() {
  if (!queue_) return;
  queue_.reset();
  if (was_idle_) loop_->wake();
}

}  // namespace bennu
