#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/pubsub/remote_actors/actor_names.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace caf {
class actor_system;
class actor_system_config;
}  // namespace caf

namespace bennu {

/// Connects a node directly with others, over TLS 1.3. Actors can send messages to actors of other nodes, and monitor
/// them: CAF's protocol runs inside such a connection, which is opened when a program first looks for an actor of that
/// node.
///
/// An endpoint creates this object itself if `config::cluster` has a name and no `redis_url`.
class direct_network {
public:
  /// @param names the actors that other nodes may ask this one for
  /// @throws std::invalid_argument with the option that is wrong
  direct_network(cluster_options options, const limits& l, logger log, std::shared_ptr<actor_names> names);
  ~direct_network();

  /// Adds CAF's networking to a configuration, before its system is created. This object must outlive the system.
  void configure(caf::actor_system_config& config);

  /// Creates the adapter for the configured system. Must be called once. This object must outlive the adapter.
  std::unique_ptr<adapter> make_adapter(caf::actor_system& system);

  /// Asks another node for the actor of a name. Any thread, while the adapter is started.
  /// @param then called once, on any thread, within `limits::node_timeout`: with an empty reference if there is no such
  /// actor, or if the node is not up. Must not throw.
  void find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bennu
