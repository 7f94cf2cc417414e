#pragma once

#include <string>
#include <string_view>

namespace bennu {

/// The other nodes of a cluster, as long polling needs them: a port. A client's session lives on one node, and its
/// requests may reach any.
class long_poll_nodes {
public:
  /// Hears what other nodes send. Calls that concern one node come one at a time and in order, on any thread; those
  /// that concern different nodes may come at once.
  class receiver {
  public:
    /// @param what is valid during the call only
    virtual void on_message(const std::string& node, std::string_view what) = 0;
    /// It left, or was lost. What was sent to it last may not have arrived.
    virtual void on_node_down(const std::string& node) = 0;

  protected:
    ~receiver() = default;
  };

  long_poll_nodes() = default;
  long_poll_nodes(const long_poll_nodes&) = delete;
  long_poll_nodes& operator=(const long_poll_nodes&) = delete;
  virtual ~long_poll_nodes() = default;

  /// To be called once, before anything is sent. @param to outlives all calls
  virtual void start(receiver& to) = 0;
  /// The name of this node. Any thread.
  virtual const std::string& self() const noexcept = 0;
  /// Any thread. What one thread sends to one node arrives in order, each once; or, where the node is lost or too much
  /// waits for it, not at all.
  /// @returns false where the node is not up
  virtual bool send(const std::string& node, std::string_view what) = 0;
};

}  // namespace bennu
