#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/interest.hpp>
#include <bennu/pubsub/node.hpp>

namespace bennu {

class metrics;

/// The interface that carries messages from a node to the others. `local_adapter` is for a node that is alone.
///
/// To write another one, such as for a message broker, derive from this class, define six functions (`start`, `stop`,
/// `self`, `nodes`, `send_to_all`, `send`), and pass it to the pubsub. The others have defaults that suit an adapter
/// which sends every message to every node. An adapter carries bytes that it does not interpret. It guarantees:
///
/// - Messages from one thread to one node arrive in the order of the calls, whichever functions were called. Each
///   arrives at most once.
/// - No call waits for another node, except `start`, for a bounded time. Messages that cannot be sent at once wait, up
///   to a limit; further messages are dropped, and counted in `node_info::lost_messages`.
/// - Its calls to its `host` about one node come in order and one at a time: `on_node_up`, messages, `on_node_down`,
///   and so on. Calls about different nodes may come at once, on any threads. It never calls the host from within a
///   call of its own members, `start` and `stop` included.
/// - If a message was dropped after it was accepted for a node that is up, the receiver's host is told with `on_loss`,
///   soon after, also if nothing else follows. If the adapter cannot tell, the node is reported down, and up again.
/// - A node that was restarted under its old name is another incarnation: the old one is reported down before the new
///   one is reported up.
///
/// The interface does not depend on threads, clocks or sockets, so several nodes can live in one process and one
/// thread; see the tests of `cluster`.
class adapter {
public:
  /// The bytes of a message, shared by all nodes that it is sent to.
  using bytes = std::shared_ptr<const std::string>;

  /// The node that an adapter works for. Its members do not throw.
  class host {
  public:
    virtual void on_node_up(const node_id& node) = 0;
    virtual void on_node_down(const node_id& node) = 0;
    /// @param message valid during the call only
    virtual void on_message(const node_id& from, std::string_view message) = 0;
    /// Called when messages of a node that is up were dropped on their way. All that the node sends from now on still
    /// comes.
    virtual void on_loss(const node_id& from) { static_cast<void>(from); }
    /// True if this node has interest in a bucket at present: a subscriber to one of its topics. Cheap. Any thread may
    /// call.
    virtual bool is_interested(topic_bucket bucket) const noexcept = 0;

  protected:
    ~host() = default;
  };

  adapter() = default;
  adapter(const adapter&) = delete;
  adapter& operator=(const adapter&) = delete;
  virtual ~adapter() = default;

  // -- life: the owner's thread ---------------------------------------------------------------------------------------

  /// Joins the cluster, once. An adapter that knows addresses of other nodes returns when it has tried them, or after a
  /// bounded time, so that clients connect to a node that is linked to the others.
  /// @param of must outlive this @throws std::runtime_error with the reason if it fails, such as a port in use
  virtual void start(host& of) = 0;
  /// Sets the metrics in which the adapter counts reached limits. Called before `start`, if at all.
  virtual void count_with(std::shared_ptr<metrics>) {}
  /// Reads again the files with which nodes prove that they belong to the cluster. Existing links stay.
  /// @throws std::runtime_error with the reason if they cannot be used; then nothing changes
  virtual void reload() {}
  /// Leaves the cluster: sends the messages that wait, for a bounded time, and returns when the host will not be called
  /// any more. Nodes that are up are not reported down. A second call does nothing.
  virtual void stop() = 0;

  // -- any thread -----------------------------------------------------------------------------------------------------

  /// The id of this node. Does not change.
  virtual const node_id& self() const noexcept = 0;
  /// True if there are other nodes, or may be later. If false, the adapter is not asked about interest, so a node that
  /// is alone has no cost. Does not change.
  virtual bool may_have_others() const noexcept { return true; }
  /// The other known nodes, sorted by name.
  virtual std::vector<node_info> nodes() const = 0;

  /// Sends to each other node that is up.
  virtual void send_to_all(const bytes& message) = 0;
  /// Sends to one node. @param to an incarnation of 0 means the present one @returns false if the node is not up
  virtual bool send(const node_id& to, const bytes& message) = 0;

  // -- interest: any thread -------------------------------------------------------------------------------------------

  /// True if another node that is up has interest in a bucket. If false, the message need not be encoded.
  virtual bool has_interest(topic_bucket) const { return true; }
  /// Sends to each other node that is up and has interest in the bucket, and possibly to others.
  virtual void broadcast(topic_bucket, const bytes& message) { send_to_all(message); }
  /// Called when `host::is_interested` may have changed for this bucket. Announces the change to the other nodes. The
  /// end of interest may be announced late, which costs superfluous messages. Its beginning should be announced soon,
  /// or messages are lost.
  virtual void on_interest(topic_bucket) {}
  /// Calls `then` when every node that is up knows of this node's interest in the bucket, so that their broadcasts
  /// arrive from then on. If all know of it already, returns true, and does not call. An adapter stops waiting for a
  /// node that does not answer.
  virtual bool when_interest_known(topic_bucket, std::function<void()>) { return true; }
};

}  // namespace bennu
