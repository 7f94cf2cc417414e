#pragma once

#include <memory>

namespace caf {
class actor_system;
class actor_system_config;
}  // namespace caf

namespace bennu {

class pubsub;

/// Makes every topic a CAF group, which any actor can join, leave and send to:
///
///     auto lobby = *system.groups().get("bennu", "room:lobby");
///     self->join(lobby);
///     self->send(lobby, bennu::broadcast{"room:lobby", "shout", {{"text", "hello"}}});
///
/// It is a view of the registry that routes all broadcasts, not a second one: a `broadcast` sent to a group reaches the
/// topic's clients as if a channel had made it, and members receive the broadcasts of channels. Any other message
/// reaches the members, and the info handlers of the topic's channels, as it was sent. Members leave by themselves when
/// they end.
///
/// CAF 0.18 deprecates groups and 1.0 drops them; nothing else here depends on this file.
class group_adapter {
public:
  group_adapter();
  ~group_adapter();

  /// Adds the group module "bennu" to a configuration, before its system is made.
  void install(caf::actor_system_config& config, caf::actor_system& system);

  /// From now on groups can be had. `topics` must outlive the system.
  void bind(pubsub& topics);

private:
  struct binding;
  std::shared_ptr<binding> binding_;
};

}  // namespace bennu
