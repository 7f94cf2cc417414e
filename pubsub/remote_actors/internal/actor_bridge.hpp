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

/// Connects CAF's actors to those of other nodes, over sockets that somebody else makes: at the other end of each, the
/// bridge of another node speaks CAF's protocol, BASP. CAF opens no port and no connection by itself.
///
/// Unless it says otherwise, a member may be called by any thread.
class actor_bridge {
public:
  /// @param names the actors that other nodes may ask this one for @param timeout of a search on another node
  actor_bridge(std::shared_ptr<actor_names> names, std::chrono::milliseconds timeout);
  ~actor_bridge();

  /// Adds CAF's networking to a configuration, before its system is made.
  static void configure(caf::actor_system_config& config);

  /// Begins, for the system that was configured. The owner's thread.
  /// @param want_socket asks for a socket to a node: `connect` or `disconnect` answers it
  void start(caf::actor_system& system, std::string self, std::function<void(const std::string& node)> want_socket);
  /// Ends: searches that are under way find nothing. The owner's thread.
  void stop();

  /// There is a socket to a node. @param speaks_first one of both ends does
  void connect(const std::string& node, unique_fd socket, bool speaks_first);
  /// There is none, or not any more.
  void disconnect(const std::string& node);

  /// See `direct_network::find_actor`.
  void find(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bennu
