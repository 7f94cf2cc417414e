#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <bennu/pubsub/caf_adapter/actor_names.hpp>
#include <bennu/pubsub/caf_adapter/cluster_options.hpp>
#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>

namespace bennu {

/// What the actors that link this node to others share. Read-only, but for what guards itself.
struct this_node {
  this_node(node_id s, cluster_options o, const bennu::limits& l, logger g, std::shared_ptr<actor_names> n)
      : self(std::move(s)),
        options(std::move(o)),
        limits(l),
        log(std::move(g)),
        others(limits, log,
               [this](topic_bucket where) {
                 const auto* of = subscribers.load(std::memory_order_acquire);
                 return of != nullptr && of->wants(where);
               }),
        names(std::move(n)) {}

  const node_id self;
  const cluster_options options;
  const bennu::limits limits;
  const logger log;
  std::atomic<std::uint16_t> port = 0;  ///< where it listens
  host_gate host;
  std::atomic<const adapter::host*> subscribers = nullptr;  ///< the same, for what is asked and tells nobody anything
  peers others;
  std::shared_ptr<metrics> counts = std::make_shared<metrics>(std::vector<event_loop*>{});  ///< set before the start
  const std::shared_ptr<actor_names> names;
};

}  // namespace bennu
