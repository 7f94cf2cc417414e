#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/tracker/replication.hpp>
#include <bennu/pubsub/tracker/replication_options.hpp>
#include <bennu/runtime/log.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

/// Runs a tracker's replication: carries messages between its shards and the same shards on other nodes, and calls
/// their ticks. A service of the cluster.
///
/// An actor on CAF's scheduler does the work, from the first node that comes up on, so reading, merging and writing
/// large tables delays no connection; so its timer is CAF's too (see docs/decisions/0001). A node that is alone has no
/// such actor.
class replicator final : public cluster::service {
public:
  /// One step of one shard's replication.
  using step = std::function<replication::outcome(replication&)>;

  struct settings {
    std::string name;  ///< the name of the service, the same on all nodes
    replication_options options;
    logger log;
    std::size_t parts;
    /// Performs a step in a shard, which is locked meanwhile, and reports the changes. Any thread may call.
    /// @returns the messages to send
    std::function<std::vector<replication::outgoing>(std::size_t part, const step& next)> perform;
  };

  /// Creates the service and attaches it. @throws std::invalid_argument if the cluster already has a service of this
  /// name
  static std::shared_ptr<replicator> attach(cluster& to, caf::actor_system& actors, settings how);

  /// Does the same as `on_leave`.
  ~replicator() override;
  replicator(const replicator&) = delete;
  replicator& operator=(const replicator&) = delete;

  // -- cluster::service -----------------------------------------------------------------------------------------------

  void on_node_up(const node_id& who) override;
  void on_node_down(const node_id& who) override;
  void on_node_message(const node_id& from, std::string_view message) override;
  /// Sends farewells for all shards, and ends the actor.
  void on_leave() override;

private:
  class worker;
  struct shared;

  explicit replicator(std::shared_ptr<shared> core);

  const std::shared_ptr<shared> shared_;  // shared with the actor
};

}  // namespace bennu
