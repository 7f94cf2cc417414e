#pragma once

#include <cstddef>
#include <memory>
#include <set>

#include <bennu/runtime/metrics.hpp>

#include <caf/actor.hpp>
#include <caf/io/connection_handle.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

/// Ends connections to the cluster port that have not proved in time that they may be there. CAF would keep them for
/// ever, and each is a descriptor.
class strangers : public std::enable_shared_from_this<strangers> {
public:
  strangers(caf::actor_system& system, std::shared_ptr<metrics> counts);

  /// Ends those that were strangers at the last call already, and what there is of others beyond `most`. Any thread.
  void look(std::size_t most);

private:
  void look_now(std::size_t most);

  caf::actor_system& system_;
  const std::shared_ptr<metrics> counts_;
  const caf::actor broker_;                    ///< CAF's, which has the connections
  std::set<caf::io::connection_handle> seen_;  ///< the multiplexer's thread only
};

}  // namespace bennu
