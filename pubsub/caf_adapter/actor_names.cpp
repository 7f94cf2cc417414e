#include <bennu/pubsub/caf_adapter/actor_names.hpp>

#include <utility>

#include <bennu/runtime/caf.hpp>

namespace bennu {

void actor_names::add(const std::string& name, const actor_ref& who) {
  {
    const std::lock_guard lock{mutex_};
    all_[name] = who;
  }
  // Where it has ended already, this calls back at once.
  to_caf(who)->attach_functor([all = weak_from_this(), name, block = who.get()](const caf::error&) {
    const auto here = all.lock();
    if (here == nullptr) return;
    actor_ref gone;  // dropped once the mutex is free: it may be the last reference
    const std::lock_guard lock{here->mutex_};
    const auto found = here->all_.find(name);
    if (found == here->all_.end() || found->second.get() != block) return;
    gone = std::move(found->second);
    here->all_.erase(found);
  });
}

actor_ref actor_names::find(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  const auto found = all_.find(name);
  return found != all_.end() ? found->second : actor_ref{};
}

void actor_names::clear() {
  std::map<std::string, actor_ref, std::less<>> gone;
  const std::lock_guard lock{mutex_};
  gone.swap(all_);
}

}  // namespace bennu
