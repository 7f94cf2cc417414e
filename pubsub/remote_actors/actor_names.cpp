#include <bennu/pubsub/remote_actors/actor_names.hpp>

#include <utility>

#include <bennu/runtime/caf.hpp>

namespace bennu {

void actor_names::add(const std::string& name, const actor_ref& actor) {
  all_.lock()->insert_or_assign(name, actor);
  // If the actor has already ended, the function is called at once.
  to_caf(actor)->attach_functor([all = weak_from_this(), name, block = actor.get()](const caf::error&) {
    const auto here = all.lock();
    if (here == nullptr) return;
    actor_ref gone;  // dropped without the lock: it may be the last reference
    auto names = here->all_.lock();
    const auto found = names->find(name);
    if (found == names->end() || found->second.get() != block) return;
    gone = std::move(found->second);
    names->erase(found);
  });
}

actor_ref actor_names::find(std::string_view name) const {
  const auto names = all_.lock();
  const auto found = names->find(name);
  return found != names->end() ? found->second : actor_ref{};
}

void actor_names::clear() {
  table gone;
  all_.lock()->swap(gone);
}

}  // namespace bennu
