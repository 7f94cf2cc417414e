#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/interest.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// This node among the others: who they are, and how parts of this node talk to the same parts of theirs.
///
/// Such a part is a *service*: broadcasts are one, presence is another. Each has a name, and hears only what services
/// of its name sent. Unless it says otherwise, a member may be called by any thread.
class cluster final : private adapter::host {
public:
  /// A part of this node that talks to the same part of other nodes.
  ///
  /// Calls that concern one node come one at a time and in order: up, what it sent, down. Those that concern different
  /// nodes may come at once. They must not wait for anything, must not throw, and must not attach services; they may
  /// send.
  class service {
  public:
    virtual ~service() = default;
    /// From now on it can be sent to.
    virtual void on_node_up(const node_id& who) = 0;
    /// It left, was lost, or was restarted: then its new incarnation comes up next. What was sent to it last may not
    /// have arrived.
    virtual void on_node_down(const node_id& who) = 0;
    /// @param what is valid during the call only
    virtual void on_node_message(const node_id& from, std::string_view what) = 0;
    /// This node is about to leave: what is sent now still goes out. The service ends what it has running; it may be
    /// called by other threads meanwhile.
    virtual void on_leave() {}
  };

  /// @param link how the nodes reach each other
  cluster(std::unique_ptr<adapter> link, logger log);
  /// Stops.
  ~cluster();
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  /// See `adapter::count_with`. The owner's thread.
  void count_with(std::shared_ptr<metrics> counts) { link_->count_with(std::move(counts)); }
  /// Joins the other nodes, once. The owner's thread. @throws std::runtime_error that says what went wrong
  void start();
  /// Tells the services that this node is about to leave. The owner's thread.
  void leave();
  /// Leaves them. From its return on no service is called. The owner's thread.
  void stop();

  /// This node. A node that is alone has a name too.
  const node_id& self() const noexcept { return link_->self(); }
  /// The other nodes that are known, by name.
  std::vector<node_info> nodes() const { return link_->nodes(); }

  /// From now on `who` is called, as long as it lives; before this returns, for each node that is up.
  /// @param name up to 255 bytes @throws std::invalid_argument where it is longer, or has a living service already
  void attach(const std::string& name, std::weak_ptr<service> who);

  // What follows sends to the services of the same name elsewhere. From one thread to one node messages arrive in the
  // order they were sent, each once or, where a node is lost or too slow, not at all: a service that needs all of them
  // has to find out what is missing. A node that has no such service drops them.

  /// To every other node that is up.
  void send_to_all(std::string_view service, std::string_view what);
  /// To one node. @param to an incarnation of 0 means the one that there is @returns false if it is not up
  bool send(const node_id& to, std::string_view service, std::string_view what);
  /// Whether there are other nodes, or may be some day. Does not change.
  bool may_have_others() const noexcept { return may_have_others_; }
  /// To the nodes that want the bucket. @param append writes what to send behind what is there; only called where a
  /// node wants it
  void broadcast(topic_bucket where, std::string_view service, const std::function<void(std::string& out)>& append);

  // -- what this node wants to hear -----------------------------------------------------------------------------------

  void subscribed(topic_bucket where);
  void unsubscribed(topic_bucket where, std::uint32_t how_many = 1);
  /// See `adapter::when_wanted`.
  bool when_wanted(topic_bucket where, std::function<void()> then);

private:
  void on_node_up(const node_id& who) override;
  void on_node_down(const node_id& who) override;
  void on_message(const node_id& from, std::string_view what) override;
  bool wants(topic_bucket where) const noexcept override;

  const std::unique_ptr<adapter> link_;
  const bool may_have_others_;
  const logger log_;
  interest wanted_;
  std::shared_mutex mutex_;  // of the following; shared while services are called
  std::map<std::string, std::weak_ptr<service>, std::less<>> services_;
  std::set<node_id> up_;
};

}  // namespace bennu
