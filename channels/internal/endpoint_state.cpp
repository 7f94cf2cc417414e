#include <bennu/channels/internal/endpoint_state.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include <bennu/channels/internal/long_poll_service.hpp>
#include <bennu/channels/internal/process_signals.hpp>
#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/redis_adapter/redis_adapter.hpp>

namespace bennu {

namespace {

std::unique_ptr<system> make_system(const config& c, group_adapter& groups, direct_network* nodes) {
  const blocked_signals inherited;
  const auto configure = [&](caf::actor_system_config& config, caf::actor_system& actors) {
    groups.install(config, actors);
    if (nodes != nullptr) nodes->configure(config);
    if (c.configure_caf) c.configure_caf(config);
  };
  return std::make_unique<system>(system::options{.io_threads = c.threads, .configure = configure}, c.logger);
}

/// Descriptors that are reserved for other nodes in a cluster, and that clients do not get. CAF ends the process if it
/// needs a descriptor and there is none.
constexpr std::size_t descriptors_for_nodes = 256;

config with_room_for_nodes(config c) {
  rlimit descriptors{};
  if (c.cluster.name.empty() || getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return c;
  const auto all = std::max<std::size_t>(descriptors.rlim_cur, 2 * descriptors_for_nodes);
  c.limits.max_connections = std::min(c.limits.max_connections, all - descriptors_for_nodes);
  return c;
}

std::unique_ptr<direct_network> network_of_nodes(const config& c, const std::shared_ptr<actor_names>& names) {
  const bool is_caf = !c.cluster.name.empty() && c.cluster.redis_url.empty() && !c.make_adapter;
  if (!is_caf) return nullptr;
  return std::make_unique<direct_network>(c.cluster, c.limits, c.logger, names);
}

std::unique_ptr<adapter> link_of(const config& c, direct_network* nodes, system& threads) {
  if (c.make_adapter) return c.make_adapter();
  if (nodes != nullptr) return nodes->make_adapter(threads.actors());
  if (!c.cluster.redis_url.empty()) return make_redis_adapter(redis_options_of(c.cluster), c.limits, c.logger);
  return std::make_unique<local_adapter>(node_id{"local", 1});
}

/// The way of long polls to other nodes, which is the cluster's; null if this node is alone.
std::shared_ptr<long_poll_nodes> long_polls_of(const config& c, pubsub& topics) {
  const bool is_alone = c.cluster.name.empty() && !c.make_adapter;
  return is_alone ? nullptr : std::make_shared<long_poll_service>(topics.cluster());
}

template <class Get>
auto each(system& threads, Get get) {
  std::vector<decltype(get(std::size_t{}))> all;
  for (std::size_t i = 0; i < threads.io_threads(); ++i) all.push_back(get(i));
  return all;
}

}  // namespace

endpoint_state::endpoint_state(config c)
    : wanted(with_room_for_nodes(std::move(c))),
      nodes(network_of_nodes(wanted, names)),
      threads(make_system(wanted, groups, nodes.get())),
      counts(threads->metrics()),
      topics(each(*threads, [this](std::size_t i) { return &threads->loop(i); }),
             link_of(wanted, nodes.get(), *threads), wanted.logger),
      blocking(wanted.limits.max_blocking_threads, *counts),
      services{
          threads->actors(), each(*threads, [this](std::size_t i) { return &threads->host(i); }), topics, wanted.logger,
          *counts,           [this](blocking_pool::job next) { blocking.post(std::move(next)); }},
      network(std::make_unique<server>(
          *threads, server::options{wanted.host, wanted.port, wanted.tls, wanted.limits, long_polls_of(wanted, topics),
                                    wanted.admin, wanted.response_headers})) {
  groups.bind(topics);
  topics.count_with(counts);
  wanted.logger.set_limits(wanted.limits);
  wanted.logger.count_with(counts);
}

void endpoint_state::reload_certificates() {
  if (has_tls()) network->reload_certificates();
  topics.cluster().reload();
}

void endpoint_state::reload() {
  const auto& log = wanted.logger;
  if (!has_tls() && wanted.cluster.name.empty()) {
    return log.info("SIGHUP: nothing to reload, because there is neither TLS nor a cluster");
  }
  try {
    reload_certificates();
    log.info("certificates reloaded");
  } catch (const std::exception& e) {
    log.error(std::string{"certificates not reloaded: "} + e.what());
  }
}

}  // namespace bennu
