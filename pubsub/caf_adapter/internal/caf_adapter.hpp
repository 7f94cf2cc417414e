#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/caf_adapter/internal/this_node.hpp>

#include <caf/actor.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

/// Nodes that are linked to each other by CAF's networking: a `door` decides with whom, and a `gateway` for each does
/// the talking.
class caf_adapter final : public adapter {
public:
  caf_adapter(caf::actor_system& system, std::shared_ptr<this_node> node);
  ~caf_adapter() override;

  void count_with(std::shared_ptr<metrics> counts) override;
  void start(host& of) override;
  void stop() override;
  const node_id& self() const noexcept override { return node_->self; }
  std::vector<node_info> nodes() const override { return node_->others.nodes(); }
  bool is_wanted(topic_bucket where) const override { return node_->others.is_wanted(where); }
  void broadcast(topic_bucket where, const bytes& what) override { node_->others.broadcast(where, what); }
  void send_to_all(const bytes& what) override { node_->others.send_to_all(what); }
  bool send(const node_id& to, const bytes& what) override { return node_->others.send(to, what); }
  void on_interest(topic_bucket where) override { node_->others.on_interest(where); }
  bool when_wanted(topic_bucket where, std::function<void()> then) override;

  /// See `caf_network`.
  void find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

private:
  /// Whether the door has ended.
  struct ending {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };

  caf::actor_system& system_;
  const std::shared_ptr<this_node> node_;
  const std::shared_ptr<ending> ending_;
  std::mutex mutex_;  // of the following
  caf::actor door_;   ///< while started
};

}  // namespace bennu
