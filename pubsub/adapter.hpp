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

/// How messages get from a node to the others: a port. `local_adapter` is for a node that is alone.
///
/// To write another one (for a message broker, say), derive from this, and hand it to the pubsub. An adapter moves
/// bytes that it does not look into. What it has to keep:
///
/// - From one thread to one node, messages arrive in the order of the calls, whichever calls they are. Each arrives
///   once or not at all.
/// - No call waits for another node. What can not be sent at once is kept up to a limit; what is beyond is dropped, and
///   counted in `node_info::lost_messages`.
/// - What it tells its `host` about one node comes in order and one at a time: `on_node_up`, messages, `on_node_down`,
///   and so on. About different nodes it may talk at once, on any threads. It never calls the host from within a call
///   of its own members, `start` and `stop` included.
/// - A node that was restarted under its old name is another run: the old one goes down before the new one comes up.
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
    virtual void on_node_up(const node_id& who) = 0;
    virtual void on_node_down(const node_id& who) = 0;
    /// @param what is valid during the call only
    virtual void on_message(const node_id& from, std::string_view what) = 0;
    /// Whether this node has a subscriber in a bucket right now. Cheap; any thread.
    virtual bool wants(topic_bucket where) const noexcept = 0;

  protected:
    ~host() = default;
  };

  adapter() = default;
  adapter(const adapter&) = delete;
  adapter& operator=(const adapter&) = delete;
  virtual ~adapter() = default;

  // -- life: the owner's thread ---------------------------------------------------------------------------------------

  /// Joins the cluster. To be called once. @param of outlives this
  /// @throws std::runtime_error that says what went wrong, such as that a port is in use
  virtual void start(host& of) = 0;
  /// Where what its limits stop is to be counted. To be called before `start`, if at all.
  virtual void count_with(std::shared_ptr<metrics>) {}
  /// Leaves the cluster: sends what waits, as far as that takes no more than a bounded time, and returns when nothing
  /// will call the host any more. Nodes that are up are not reported down. Does nothing where it was called before.
  virtual void stop() = 0;

  // -- any thread -----------------------------------------------------------------------------------------------------

  /// This node. Does not change.
  virtual const node_id& self() const noexcept = 0;
  /// Whether there are other nodes, or may be some day. Where not, nobody asks what they want, or tells them what this
  /// one wants: being alone costs nothing. Does not change.
  virtual bool may_have_others() const noexcept { return true; }
  /// The other nodes that are known, by name.
  virtual std::vector<node_info> nodes() const = 0;

  /// Whether another node that is up wants what falls into a bucket: else nothing need be encoded.
  virtual bool is_wanted(topic_bucket where) const = 0;
  /// To each other node that is up and wants the bucket. May also send to one that does not.
  virtual void broadcast(topic_bucket where, const bytes& what) = 0;
  /// To each other node that is up.
  virtual void send_to_all(const bytes& what) = 0;
  /// To one node. @param to a run of 0 means whichever there is @returns false where it is not up
  virtual bool send(const node_id& to, const bytes& what) = 0;

  /// `host::wants` may have changed for this bucket: the others are to be told. Telling them late that a bucket is not
  /// wanted any more costs them messages; telling them late that it is wanted loses some.
  virtual void on_interest(topic_bucket where) = 0;
  /// Calls `then` once every node that is up knows that this node wants the bucket: from then on what they broadcast
  /// arrives. Where all know it already, returns true, and does not call. An adapter gives up waiting for a node that
  /// does not answer.
  virtual bool when_wanted(topic_bucket where, std::function<void()> then) = 0;
};

}  // namespace bennu
