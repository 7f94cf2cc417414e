#include <bennu/channels/testing/node_link.hpp>

#include <bennu/channels/testing/internal/world.hpp>

namespace bennu::testing {

void node_link::note(const std::string& action) const {
  world_->events().add("test", action + " the link of " + one_ + " and " + other_);
}

void node_link::cut() const {
  note("cuts");
  world_->links().cut(one_, other_);
}

void node_link::heal() const {
  note("heals");
  world_->links().heal(one_, other_);
}

bool node_link::is_cut() const { return world_->links().is_cut(one_, other_); }

void node_link::hold() const {
  note("holds");
  world_->links().hold(one_, other_);
  world_->links().hold(other_, one_);
}

void node_link::release() const {
  note("releases");
  world_->links().release(one_, other_);
  world_->links().release(other_, one_);
}

void node_link::lose(std::size_t messages) const {
  note("loses " + std::to_string(messages) + " messages each way of");
  world_->links().lose(one_, other_, messages);
  world_->links().lose(other_, one_, messages);
}

}  // namespace bennu::testing
