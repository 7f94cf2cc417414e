#pragma once

#include <string>
#include <string_view>

namespace bennu {

/// The interface through which long polling uses the other nodes of a cluster. A client's session lives on one node,
/// and its requests may reach any node.
class long_poll_nodes {
public:
  /// Receives messages of other nodes. Calls about one node come one at a time and in order, on any thread. Calls about
  /// different nodes may come at the same time.
  class receiver {
  public:
    /// @param message valid during the call only
    virtual void on_message(const std::string& node, std::string_view message) = 0;
    /// The node has left, or was lost. The last messages to it may not have arrived.
    virtual void on_node_down(const std::string& node) = 0;

  protected:
    ~receiver() = default;
  };

  long_poll_nodes() = default;
  long_poll_nodes(const long_poll_nodes&) = delete;
  long_poll_nodes& operator=(const long_poll_nodes&) = delete;
  virtual ~long_poll_nodes() = default;

  /// Must be called once, before the first message is sent. @param to must outlive all calls
  virtual void start(receiver& to) = 0;
  /// The name of this node. Any thread.
  virtual const std::string& self() const noexcept = 0;
  /// Sends a message to a node. Any thread may call. Messages of one thread to one node arrive in order, each at most
  /// once. Messages are lost if the node is lost, or if too many wait for it.
  /// @returns false if the node is not up
  virtual bool send(const std::string& node, std::string_view message) = 0;
};

}  // namespace bennu
