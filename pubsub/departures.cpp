#include <bennu/pubsub/departures.hpp>

#include <utility>

namespace bennu {

void departures::add(std::weak_ptr<listener> who) {
  const std::lock_guard lock{mutex_};
  std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
  listeners_.push_back(std::move(who));
}

void departures::announce(const actor_ref& who) const {
  std::vector<std::weak_ptr<listener>> told;
  {
    const std::lock_guard lock{mutex_};
    told = listeners_;
  }
  for (const auto& one : told) {
    if (const auto to = one.lock()) to->on_departure(who);
  }
}

}  // namespace bennu
