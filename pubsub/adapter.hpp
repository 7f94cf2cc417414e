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

/// Carries messages from a node to the others: a port. `local_adapter` is for a node that is alone.
///
/// To write another one, for a message broker say, derive from this, define six functions (`start`, `stop`, `self`,
/// `nodes`, `send_to_all`, `send`), and give it to the pubsub. The others have defaults that suit an adapter which
/// sends every node everything. An adapter moves bytes that it does not look into. It keeps these promises:
///
/// - From one thread to one node, messages arrive in the order of the calls, whichever calls they are. Each arrives
///   once or not at all.
/// - No call waits for another node, except `start`, for a bounded time. Messages that cannot be sent at once wait, up
///   to a limit; those beyond are dropped, and counted in `node_info::lost_messages`.
/// - Its calls to its `host` about one node come in order and one at a time: `on_node_up`, messages, `on_node_down`,
///   and so on. Calls about different nodes may come at once, on any threads. It never calls the host from within a
///   call of its own members, `start` and `stop` included.
/// - A node that was restarted under its old name is another incarnation: the old one goes down before the new one
///   comes up.
///
/// The port knows neither threads, clocks nor sockets, so several nodes can live in one process and one thread: see the
/// tests of `cluster`.
class adapter {
public:
  /// Bytes that are shared by all nodes they go to.
  using bytes = std::shared_ptr<const std::string>;

  /// The node that an adapter works for. Its members do not throw.
  class host {
  public:
    virtual void on_node_up(const node_id& node) = 0;
    virtual void on_node_down(const node_id& node) = 0;
    /// @param message valid during the call only
    virtual void on_message(const node_id& from, std::string_view message) = 0;
    /// Whether this node has a subscriber in a bucket right now. Cheap; any thread.
    virtual bool wants(topic_bucket bucket) const noexcept = 0;

  protected:
    ~host() = default;
  };

  adapter() = default;
  adapter(const adapter&) = delete;
  adapter& operator=(const adapter&) = delete;
  virtual ~adapter() = default;

  // -- life: the owner's thread ---------------------------------------------------------------------------------------

  /// Joins the cluster, once. An adapter that knows where to look for other nodes returns when it has looked there, or
  /// after a bounded time: so clients come to a node that is linked to the others.
  /// @param of outlives this @throws std::runtime_error that says what went wrong, such as that a port is in use
  virtual void start(host& of) = 0;
  /// The counters for what the adapter's limits stop. Called before `start`, if at all.
  virtual void count_with(std::shared_ptr<metrics>) {}
  /// Reads the files again by which nodes prove that they belong to the cluster. Links that are up stay.
  /// @throws std::runtime_error that says why they are of no use; then nothing changes
  virtual void reload() {}
  /// Leaves the cluster: sends the messages that wait, for a bounded time, and returns when nothing will call the host
  /// any more. Nodes that are up are not reported down. Does nothing if it was called before.
  virtual void stop() = 0;

  // -- any thread -----------------------------------------------------------------------------------------------------

  /// This node. Does not change.
  virtual const node_id& self() const noexcept = 0;
  /// Whether there are other nodes, or may be some day. If not, nobody asks the adapter about interest, and being alone
  /// costs nothing. Does not change.
  virtual bool may_have_others() const noexcept { return true; }
  /// The other nodes that are known, by name.
  virtual std::vector<node_info> nodes() const = 0;

  /// Sends to each other node that is up.
  virtual void send_to_all(const bytes& message) = 0;
  /// Sends to one node. @param to an incarnation of 0 means the one that there is @returns false if it is not up
  virtual bool send(const node_id& to, const bytes& message) = 0;

  // -- interest: any thread -------------------------------------------------------------------------------------------

  /// Whether another node that is up wants a bucket: if not, nothing need be encoded for it.
  virtual bool is_wanted(topic_bucket) const { return true; }
  /// Sends to each other node that is up and wants the bucket, and perhaps to some that do not.
  virtual void broadcast(topic_bucket, const bytes& message) { send_to_all(message); }
  /// `host::wants` may have changed for this bucket, which the other nodes have to learn. That a bucket is no longer
  /// wanted may reach them late, and costs messages; that it is wanted should reach them soon, or messages are lost.
  virtual void on_interest(topic_bucket) {}
  /// Calls `then` once every node that is up knows that this node wants the bucket: from then on what they broadcast
  /// arrives. If all know it already, returns true, and does not call. An adapter gives up waiting for a node that does
  /// not answer.
  virtual bool when_wanted(topic_bucket, std::function<void()>) { return true; }
};

}  // namespace bennu
