#include <bennu/pubsub/direct_adapter/direct_network.hpp>

#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/pubsub/direct_adapter/internal/direct_adapter.hpp>
#include <bennu/pubsub/internal/incarnation.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/remote_actors/internal/actor_bridge.hpp>

namespace bennu {

namespace {

cluster_options checked(cluster_options o) {
  check_node_name(o.name);
  for (const auto& seed : o.seeds) {
    if (!parse_node_address(seed)) {
      throw std::invalid_argument("a seed is HOST:PORT or [IPV6]:PORT, got \"" + seed + '"');
    }
  }
  return o;
}

/// Connects CAF through the sockets of tunnels.
class sockets_of_bridge final : public node_tunnels::user {
public:
  explicit sockets_of_bridge(actor_bridge& bridge) : bridge_(bridge) {}
  void on_socket(const std::string& node, unique_fd socket, bool speaks_first) override {
    bridge_.connect(node, std::move(socket), speaks_first);
  }
  void on_no_socket(const std::string& node) override { bridge_.disconnect(node); }

private:
  actor_bridge& bridge_;
};

/// The adapter, which also starts and stops the messages between actors of different nodes.
class adapter_with_actors final : public adapter {
public:
  adapter_with_actors(std::unique_ptr<direct_adapter> links, actor_bridge& bridge, caf::actor_system& system)
      : links_(std::move(links)), bridge_(bridge), system_(system) {}
  ~adapter_with_actors() override { stop(); }

  void start(host& of) override {
    bridge_.start(system_, links_->self().name, [this](const std::string& node) { links_->request_tunnel(node); });
    links_->start(of);
  }
  void stop() override {
    links_->stop();
    bridge_.stop();
  }
  void count_with(std::shared_ptr<metrics> counts) override { links_->count_with(std::move(counts)); }
  void reload() override { links_->reload(); }
  const node_id& self() const noexcept override { return links_->self(); }
  std::vector<node_info> nodes() const override { return links_->nodes(); }
  bool has_interest(topic_bucket bucket) const override { return links_->has_interest(bucket); }
  void broadcast(topic_bucket bucket, const bytes& message) override { links_->broadcast(bucket, message); }
  void send_to_all(const bytes& message) override { links_->send_to_all(message); }
  bool send(const node_id& to, const bytes& message) override { return links_->send(to, message); }
  void on_interest(topic_bucket bucket) override { links_->on_interest(bucket); }
  bool when_interest_known(topic_bucket bucket, std::function<void()> then) override {
    return links_->when_interest_known(bucket, std::move(then));
  }

private:
  const std::unique_ptr<direct_adapter> links_;
  actor_bridge& bridge_;
  caf::actor_system& system_;
};

}  // namespace

struct direct_network::parts {
  parts(cluster_options o, const bennu::limits& l, logger g, std::shared_ptr<actor_names> names)
      : options(checked(std::move(o))),
        limits(l),
        log(std::move(g)),
        proof(credentials_of(options)),
        bridge(std::move(names), l.node_timeout) {}

  const cluster_options options;
  const bennu::limits limits;
  const logger log;
  const std::shared_ptr<const node_credentials> proof;
  actor_bridge bridge;
  sockets_of_bridge sockets{bridge};
};

direct_network::direct_network(cluster_options options, const limits& l, logger log, std::shared_ptr<actor_names> names)
    : parts_(std::make_unique<parts>(std::move(options), l, std::move(log), std::move(names))) {}

direct_network::~direct_network() = default;

void direct_network::configure(caf::actor_system_config& config) { actor_bridge::configure(config); }

std::unique_ptr<adapter> direct_network::make_adapter(caf::actor_system& system) {
  auto links = std::make_unique<direct_adapter>(node_id{parts_->options.name, new_incarnation()}, parts_->options,
                                                parts_->limits, parts_->log, parts_->proof, parts_->sockets);
  return std::make_unique<adapter_with_actors>(std::move(links), parts_->bridge, system);
}

void direct_network::find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then) {
  parts_->bridge.find(node, name, std::move(then));
}

}  // namespace bennu
