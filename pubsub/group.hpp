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
/// The group is a view of the registry that routes all broadcasts, not a second registry. A `broadcast` that is sent to
/// a group reaches the topic's clients like a channel's broadcast, and members receive the broadcasts of channels. Any
/// other message reaches the members, and the info handlers of the topic's channels, unchanged. A member leaves
/// automatically when it ends.
///
/// CAF 0.18 deprecates groups, and 1.0 removes them. No other code depends on this file.
class group_adapter {
public:
  group_adapter();
  ~group_adapter();

  /// Adds the group module "bennu" to a configuration, before its system is created.
  void install(caf::actor_system_config& config, caf::actor_system& system);

  /// Makes groups available. `topics` must outlive the system.
  void bind(pubsub& topics);

private:
  struct binding;
  std::shared_ptr<binding> binding_;
};

}  // namespace bennu
