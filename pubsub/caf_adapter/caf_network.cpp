#include <bennu/pubsub/caf_adapter/caf_network.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include <unistd.h>
#include <bennu/pubsub/caf_adapter/internal/caf_adapter.hpp>
#include <bennu/pubsub/caf_adapter/internal/credentials.hpp>
#include <bennu/pubsub/caf_adapter/internal/this_node.hpp>
#include <bennu/pubsub/caf_adapter/internal/tls_errors.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/internal/incarnation.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/node_id.hpp>
#include <caf/openssl/manager.hpp>

namespace bennu {

namespace {

credentials credentials_of(const cluster_options& o) {
  const bool has_files = !o.certificate_file.empty() || !o.key_file.empty() || !o.authority_file.empty();
  if (has_files && !o.cookie.empty()) {
    throw std::invalid_argument("a node proves itself with a cookie or with certificates, not with both");
  }
  if (has_files) return credentials::from_files(o.certificate_file, o.key_file, o.authority_file);
  if (!o.cookie.empty()) return credentials::from_cookie(o.cookie);
  throw std::invalid_argument("node " + o.name +
                              " has nothing to prove itself with: it wants a cookie or certificates");
}

cluster_options checked(cluster_options o) {
  check_node_name(o.name);
  for (const auto& seed : o.seeds) {
    if (!parse_node_address(seed)) {
      throw std::invalid_argument("a seed is HOST:PORT or [IPV6]:PORT, got \"" + seed + '"');
    }
  }
  return o;
}

/// Gives CAF's system an id that no other has. CAF makes it of the machine's addresses and the process's number, which
/// two containers may have in common, and one that restarts has again. It knows no option for that; but it asks its
/// modules, in this order, before it uses the id, and one of the places for modules is empty.
class unique_node_id final : public caf::actor_system::module {
public:
  explicit unique_node_id(caf::actor_system& system) : system_(system) {}
  void start() override {}
  void stop() override {}
  void init(caf::actor_system_config&) override {
    std::array<std::uint8_t, caf::node_id::default_data::host_id_size> id{};
    std::random_device random;
    for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
    const_cast<caf::node_id&>(system_.node()) = caf::make_node_id(static_cast<std::uint32_t>(getpid()), id);
  }
  id_t id() const override { return network_manager; }
  void* subtype_ptr() override { return this; }

private:
  caf::actor_system& system_;
};

}  // namespace

struct caf_network::parts {
  credentials proof;
  std::shared_ptr<this_node> node;
  caf_adapter* link = nullptr;
};

caf_network::caf_network(cluster_options options, const limits& l, logger log, std::shared_ptr<actor_names> names)
    : parts_(std::make_unique<parts>(
          parts{credentials_of(checked(options)), std::make_shared<this_node>(node_id{options.name, new_incarnation()}, options,
                                                                              l, std::move(log), std::move(names))})) {}

caf_network::~caf_network() = default;

void caf_network::configure(caf::actor_system_config& config) {
  keep_tls_errors_apart();
  config.load<caf::io::middleman>();
  config.load<caf::openssl::manager>();
  config.module_factories.emplace_back(
      [](caf::actor_system& s) -> caf::actor_system::module* { return new unique_node_id(s); });
  config.openssl_certificate = parts_->proof.certificate_path();
  config.openssl_key = parts_->proof.key_path();
  config.openssl_cafile = parts_->proof.authority_path();
  const auto timeout = parts_->node->limits.node_timeout;
  config.set("middleman.heartbeat-interval", caf::timespan{timeout / 4});
  config.set("middleman.connection-timeout", caf::timespan{timeout});
}

std::unique_ptr<adapter> caf_network::make_adapter(caf::actor_system& system) {
  auto made = std::make_unique<caf_adapter>(system, parts_->node);
  parts_->link = made.get();
  return made;
}

void caf_network::find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then) {
  parts_->link->find_actor(node, name, std::move(then));
}

}  // namespace bennu
