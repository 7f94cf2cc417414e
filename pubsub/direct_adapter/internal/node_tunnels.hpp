#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/direct_adapter/internal/tunnel.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// The tunnels to other nodes, at most one to each. One thread.
class node_tunnels {
public:
  /// Receives the local ends of tunnels: sockets over which messages between actors go.
  class user {
  public:
    /// @param speaks_first true if this node has to send first
    virtual void on_socket(const std::string& node, unique_fd socket, bool speaks_first) = 0;
    /// Called when there is no socket to a node, or no longer.
    virtual void on_no_socket(const std::string& node) = 0;

  protected:
    ~user() = default;
  };

  node_tunnels(event_loop& loop, user& by) : loop_(loop), user_(by) {}

  bool has(const std::string& node) const { return tunnels_.contains(node); }
  /// Begins a tunnel, in the place of an earlier one. @param speaks_first true at one of its two ends
  void begin(const std::string& node, const tunnel::take_connection& take, bool speaks_first);
  /// Ends a tunnel if there is one.
  void end(const std::string& node);
  void end_all();
  /// Must be called a few times a second, and not by a tunnel: destroys tunnels that have ended.
  void tick() { ended_.clear(); }

private:
  event_loop& loop_;
  user& user_;
  std::map<std::string, std::unique_ptr<tunnel>> tunnels_;  ///< by the node's name
  std::vector<std::unique_ptr<tunnel>> ended_;
};

}  // namespace bennu
