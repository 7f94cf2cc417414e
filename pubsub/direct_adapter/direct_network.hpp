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

/// Joins a node to others that it reaches directly, over TLS 1.3. Actors of one node can be sent messages from another
/// one, and monitored: CAF's protocol runs inside such a connection, which is made when an actor is first looked for.
///
/// An endpoint does this by itself if `config::cluster` has a name, and no `redis_url`.
class direct_network {
public:
  /// @param names the actors that other nodes may ask this one for
  /// @throws std::invalid_argument that says which option makes no sense
  direct_network(cluster_options options, const limits& l, logger log, std::shared_ptr<actor_names> names);
  ~direct_network();

  /// Adds CAF's networking to a configuration, before its system is made. This must outlive the system.
  void configure(caf::actor_system_config& config);

  /// The adapter, for the system that was configured. To be called once. This must outlive it.
  std::unique_ptr<adapter> make_adapter(caf::actor_system& system);

  /// Asks another node for the actor of a name. Any thread, while the adapter is started.
  /// @param then called once, on any thread, within `limits::node_timeout`: with nothing if there is no such actor or
  /// the node is not up. Must not throw.
  void find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bennu
