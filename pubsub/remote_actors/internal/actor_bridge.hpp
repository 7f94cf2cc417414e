#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/remote_actors/actor_names.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace caf {
class actor_system;
class actor_system_config;
}  // namespace caf

namespace bennu {

/// Connects CAF's actors to those of other nodes, over sockets of the caller: at the other end of each, the bridge of
/// another node uses CAF's protocol, BASP. CAF opens no port and no connection itself.
///
/// Unless noted otherwise, any thread may call a member.
class actor_bridge {
public:
  using request_socket = std::function<void(const std::string& node)>;

  /// @param names the actors that other nodes may ask this one for @param timeout of a search on another node
  actor_bridge(std::shared_ptr<actor_names> names, std::chrono::milliseconds timeout);
  ~actor_bridge();

  /// Adds CAF's networking to a configuration, before its system is created.
  static void configure(caf::actor_system_config& config);

  /// Starts, for the configured system. The owner's thread.
  /// @param request requests a socket to a node: `connect` or `disconnect` answers it
  void start(caf::actor_system& system, std::string self, request_socket request);
  /// Stops. Searches in progress find nothing. The owner's thread.
  void stop();

  /// Called when there is a socket to a node. @param speaks_first true at one of the two ends
  void connect(const std::string& node, unique_fd socket, bool speaks_first);
  /// Called when there is no socket to a node, or no longer.
  void disconnect(const std::string& node);

  /// See `direct_network::find_actor`.
  void find(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bennu
