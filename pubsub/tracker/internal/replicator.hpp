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

/// Runs a tracker's replication: carries what its parts say to the same parts on other nodes and back, and tells them
/// the time. A service of the cluster.
///
/// An actor on CAF's scheduler does the work, from the first node that comes up on: reading, merging and writing large
/// tables holds up no connection. A node that is alone has no such actor.
class replicator final : public cluster::service {
public:
  /// One step of one part's replication.
  using step = std::function<replication::outcome(replication&)>;

  struct settings {
    std::string name;  ///< of the service; the same on all nodes
    replication_options options;
    logger log;
    std::size_t parts;
    /// Does a step in a part, which is locked meanwhile, and reports what changed. Any thread. @returns what is to be
    /// said
    std::function<std::vector<replication::outgoing>(std::size_t part, const step& what)> perform;
  };

  /// Attaches itself. @throws std::invalid_argument where the cluster has such a service already
  static std::shared_ptr<replicator> attach(cluster& to, caf::actor_system& actors, settings how);

  /// As `on_leave`.
  ~replicator() override;
  replicator(const replicator&) = delete;
  replicator& operator=(const replicator&) = delete;

  // -- cluster::service -----------------------------------------------------------------------------------------------

  void on_node_up(const node_id& who) override;
  void on_node_down(const node_id& who) override;
  void on_node_message(const node_id& from, std::string_view what) override;
  /// Says farewell for all parts, and ends the actor.
  void on_leave() override;

private:
  class worker;
  struct shared;

  explicit replicator(std::shared_ptr<shared> core);

  const std::shared_ptr<shared> shared_;  // also of the actor
};

}  // namespace bennu
