#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <bennu/channels/internal/producer_table.hpp>
#include <bennu/channels/introspection/internal/socket_table.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

class actor_host;
class channel;
class channel_actor;
class socket_actor;

/// The parts of an endpoint that its sockets and channels use. It must outlive all of them.
struct channel_services {
  caf::actor_system& actors;
  std::vector<actor_host*> hosts;  ///< by their loops' index
  bennu::pubsub& pubsub;
  logger log;
  metrics& counts;
  /// Runs a job that may block on another thread. The job must not throw.
  std::function<void(std::function<void()>)> run_blocking;
  /// For tests: called with each socket and each channel before it begins, and with the user's object of each channel
  /// that has ended. May be null.
  std::function<void(socket_actor&)> on_socket = nullptr;
  std::function<void(channel_actor&)> on_channel = nullptr;
  std::function<void(channel_actor&, std::unique_ptr<channel>)> on_end = nullptr;
  /// The number of jobs that no thread has begun.
  std::atomic<std::size_t> waiting_jobs = 0;
  std::vector<socket_table> sockets = std::vector<socket_table>(hosts.size());  ///< by their loops' index
  /// The producers of idempotent pushes to channels of this node.
  producer_table producers{counts};
};

}  // namespace bennu
