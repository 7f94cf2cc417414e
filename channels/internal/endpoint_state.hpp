#pragma once

#include <exception>
#include <memory>

#include <bennu/channels/config.hpp>
#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/pubsub/direct_adapter/direct_network.hpp>
#include <bennu/pubsub/group.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/blocking_pool.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

namespace bennu {

/// The parts of a server, in the order in which they depend on each other.
struct endpoint_state {
  explicit endpoint_state(config c);

  bool has_tls() const noexcept { return wanted.tls || (wanted.admin && wanted.admin->tls); }

  /// @throws std::runtime_error or std::invalid_argument that names the file that cannot be used
  void reload_certificates();

  /// Reads again all that may change while the server runs, and logs the result.
  void reload();

  config wanted;
  group_adapter groups;
  std::shared_ptr<actor_names> names = std::make_shared<actor_names>();
  std::unique_ptr<direct_network> nodes;  ///< null if CAF carries no messages to other nodes
  std::unique_ptr<system> threads;
  std::shared_ptr<bennu::metrics> counts;
  bennu::pubsub topics;
  blocking_pool blocking;  // I/O threads may post until they have ended
  channel_services services;
  std::unique_ptr<server> network;
  std::exception_ptr mistake;  ///< the first mistake in a mounted socket
};

}  // namespace bennu
