#include <bennu/pubsub/early_exits.hpp>

#include <utility>

namespace bennu {

void early_exits::add(std::weak_ptr<listener> added) {
  const auto listeners = listeners_.lock();
  std::erase_if(*listeners, [](const auto& one) { return one.expired(); });
  listeners->push_back(std::move(added));
}

void early_exits::announce(const actor_ref& who) const {
  const auto all = *listeners_.lock();
  for (const auto& one : all) {
    if (const auto alive = one.lock()) alive->on_early_exit(who);
  }
}

}  // namespace bennu
