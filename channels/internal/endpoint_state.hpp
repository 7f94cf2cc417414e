#pragma once

#include <exception>
#include <memory>
#include <string>

#include <bennu/channels/admin/internal/admin_api.hpp>
#include <bennu/channels/config.hpp>
#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/internal/health.hpp>
#include <bennu/channels/internal/history_rules.hpp>
#include <bennu/channels/internal/presence_lists.hpp>
#include <bennu/channels/internal/socket_defaults.hpp>
#include <bennu/channels/introspection/internal/introspection.hpp>
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

  /// Serves the metrics at `path`: OpenMetrics to clients that accept it, otherwise the text format 0.0.4.
  void serve_metrics(http_routes& routes, std::string path);

  /// Reads the files of TLS and of the cluster that `next` names, then applies these and its limits.
  /// @throws std::exception that names the file that cannot be used; then nothing changes
  void apply(const config& next);

  /// Reads the configuration and the files that it names again, and applies the options that may change while the
  /// server runs. Logs the result. If there is a fault, nothing changes.
  void reload();

  /// Makes the topics of classes with history keep it. @throws std::invalid_argument if two classes contradict
  void keep_histories();

  config wanted;
  group_adapter groups;
  std::shared_ptr<actor_names> names = std::make_shared<actor_names>();
  std::unique_ptr<direct_network> nodes;  ///< null if CAF carries no messages to other nodes
  std::unique_ptr<system> threads;
  std::shared_ptr<bennu::metrics> counts;
  bennu::pubsub topics;
  blocking_pool blocking;  // I/O threads may post until they have ended
  channel_services services;
  std::shared_ptr<socket_defaults> defaults;
  introspection clients;
  presence_lists presences;
  bennu::health health;
  std::unique_ptr<server> network;
  std::unique_ptr<admin_api> api;  ///< null without keys
  history_rules histories;         ///< of the mounted sockets
  std::exception_ptr mistake;      ///< the first mistake in a mounted socket

private:
  void serve_api();
  void try_to_reload();
};

}  // namespace bennu
