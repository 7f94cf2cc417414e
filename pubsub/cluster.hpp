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
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// Connects this node with the others: lists them, and lets parts of this node exchange messages with the same parts of
/// the others.
///
/// Such a part is a *service*: broadcasts are one, presence is another. Each has a name, and receives only messages of
/// services with its name. Unless noted otherwise, any thread may call a member.
class cluster final : private adapter::host {
public:
  /// A part of this node that exchanges messages with the same part of other nodes.
  ///
  /// Calls about one node come one at a time and in order: up, its messages, down. Calls about different nodes may come
  /// at the same time. The functions must not block, throw or attach services. They may send.
  class service {
  public:
    virtual ~service() = default;
    /// Called when messages can be sent to a node.
    virtual void on_node_up(const node_id& who) = 0;
    /// Called when a node has left, was lost, or was restarted; in the last case, its new incarnation is reported next.
    /// The last messages to it may not have arrived.
    virtual void on_node_down(const node_id& who) = 0;
    /// @param message valid during the call only
    virtual void on_node_message(const node_id& from, std::string_view message) = 0;
    /// Called when messages of a node that is up, of this service or of others, were dropped on their way.
    virtual void on_loss(const node_id& from) { static_cast<void>(from); }
    /// Called when this node is about to leave. Messages that are sent now still go out. The service ends its own work.
    /// Other threads may call it meanwhile.
    virtual void on_leave() {}
  };

  /// @param link the adapter that connects the nodes
  cluster(std::unique_ptr<adapter> link, logger log);
  /// Calls `stop`.
  ~cluster();
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  /// See `adapter::count_with`. The owner's thread.
  void count_with(std::shared_ptr<metrics> counts) { link_->count_with(std::move(counts)); }
  /// See `adapter::reload`. The owner's thread.
  void reload() { link_->reload(); }
  /// Joins the other nodes, once. The owner's thread. @throws std::runtime_error with the reason if it fails
  void start();
  /// Tells the services that this node is about to leave. The owner's thread.
  void leave();
  /// Leaves the cluster. When it returns, no service is called any more. The owner's thread.
  void stop();

  /// The id of this node. A node that is alone has a name too.
  const node_id& self() const noexcept { return link_->self(); }
  /// The other known nodes, sorted by name.
  std::vector<node_info> nodes() const { return link_->nodes(); }

  /// Adds a service, which is called as long as it lives. Before this function returns, it is called for each node that
  /// is up.
  /// @param name up to 255 bytes @throws std::invalid_argument if it is longer, or if a living service has it already
  void attach(const std::string& name, std::weak_ptr<service> who);

  // The following functions send to the services of the same name on other nodes. Messages of one thread to one node
  // arrive in order, each at most once. Messages are lost if a node is lost or too slow: then the receiving service is
  // told, with `on_node_down` or `on_loss`. A node without such a service drops them.

  /// Sends to every other node that is up.
  void send_to_all(std::string_view service, std::string_view message);
  /// Sends to one node. @param to an incarnation of 0 means the present one @returns false if the node is not up
  bool send(const node_id& to, std::string_view service, std::string_view message);
  /// True if there are other nodes, or may be later. Does not change.
  bool may_have_others() const noexcept { return may_have_others_; }
  /// Sends to the nodes with interest in the bucket. @param append appends the message to a string; called only if
  /// there is such a node
  void broadcast(topic_bucket bucket, std::string_view service, const std::function<void(std::string& out)>& append);

  // -- interest of this node ------------------------------------------------------------------------------------------

  void subscribed(topic_bucket bucket);
  void unsubscribed(topic_bucket bucket, std::uint32_t how_many = 1);
  /// See `adapter::when_interest_known`.
  bool when_interest_known(topic_bucket bucket, std::function<void()> then);

private:
  void on_node_up(const node_id& who) override;
  void on_node_down(const node_id& who) override;
  void on_message(const node_id& from, std::string_view message) override;
  void on_loss(const node_id& from) override;
  bool is_interested(topic_bucket bucket) const noexcept override;

  struct members {
    std::map<std::string, std::weak_ptr<service>, std::less<>> services;
    std::set<node_id> up;
  };

  const std::unique_ptr<adapter> link_;
  const bool may_have_others_;
  const logger log_;
  interest interest_;
  guarded<members, std::shared_mutex> members_;  ///< locked for reading while services are called with messages
};

}  // namespace bennu
