#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/pubsub/direct_adapter/internal/link_manager.hpp>
#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/loop_thread.hpp>

namespace bennu {

/// The proof that a node shows, as its options say: a cookie, or certificates.
/// @throws std::invalid_argument with the option that is wrong
std::shared_ptr<const node_credentials> credentials_of(const cluster_options& options);

/// The adapter of nodes that reach each other directly. Its thread runs a loop, and on it the `link_manager`. Other
/// threads only use `peers`, and post tasks.
class direct_adapter final : public adapter {
public:
  /// @param sockets outlives this; it is called on the adapter's thread
  direct_adapter(node_id self, cluster_options options, const limits& l, logger log,
                 std::shared_ptr<const node_credentials> proof, node_tunnels::user& tunnel_user);
  ~direct_adapter() override;

  void count_with(std::shared_ptr<metrics> counts) override;
  void start(host& of) override;
  void reload() override;
  void stop() override;
  const node_id& self() const noexcept override { return self_; }
  std::vector<node_info> nodes() const override { return others_.nodes(); }
  bool has_interest(topic_bucket bucket) const override { return others_.has_interest(bucket); }
  void broadcast(topic_bucket bucket, const bytes& message) override { others_.broadcast(bucket, message); }
  void send_to_all(const bytes& message) override { others_.send_to_all(message); }
  bool send(const node_id& to, const bytes& message) override { return others_.send(to, message); }
  void on_interest(topic_bucket bucket) override { others_.on_interest(bucket); }
  bool when_interest_known(topic_bucket bucket, std::function<void()> then) override;

  /// See `link_manager::request_tunnel`. Any thread.
  void request_tunnel(const std::string& node);

private:
  void on_failure(const std::exception_ptr& thrown) const;

  const node_id self_;
  const cluster_options options_;
  const bennu::limits limits_;
  const logger log_;
  host_gate gate_;
  std::atomic<const host*> subscribers_ = nullptr;  ///< the same host, for queries without effects
  peers others_;
  loop_thread thread_{"bennu.cluster"};
  link_manager links_;  ///< used on the thread only, while it runs
};

}  // namespace bennu
