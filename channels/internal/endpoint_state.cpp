#include <bennu/channels/internal/endpoint_state.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include <bennu/channels/internal/config_source.hpp>
#include <bennu/channels/internal/long_poll_service.hpp>
#include <bennu/channels/internal/process_signals.hpp>
#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/node_metrics.hpp>
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

/// The rule for sockets that have none of their own.
origin_check allowed_origins(const config& c) {
  return c.origins.empty() ? origin_check::same_request() : origin_check::list(c.origins);
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
      defaults(std::make_shared<socket_defaults>(wanted.limits, allowed_origins(wanted))),
      clients(services, defaults->limits),
      health(each(*threads, [this](std::size_t i) -> const event_loop* { return &threads->loop(i); }), defaults->limits,
             wanted.logger),
      network(std::make_unique<server>(
          *threads, server::options{wanted.host, wanted.port, wanted.tls, wanted.limits, long_polls_of(wanted, topics),
                                    wanted.admin, wanted.response_headers})) {
  groups.bind(topics);
  topics.count_with(counts);
  wanted.logger.set_limits(wanted.limits);
  wanted.logger.count_with(counts);
  if (wanted.admin) {
    health.serve(network->admin_routes(), "/health");
    serve_metrics(network->admin_routes(), "/metrics");
    serve_api();
  }
  clients.start();
  if (!wanted.health_path.empty()) health.serve(network->routes(), wanted.health_path);
}

void endpoint_state::serve_api() {
  if (wanted.admin_keys.empty()) return;
  try {
    const admin_services parts{
        topics, clients, presences, defaults->limits, wanted.logger, *counts, services.run_blocking};
    api = std::make_unique<admin_api>(parts, api_keys::from_file(wanted.admin_keys));
    api->serve(network->admin_routes());
  } catch (const std::invalid_argument&) {
    mistake = std::current_exception();
  }
}

void endpoint_state::serve_metrics(http_routes& routes, std::string path) {
  routes.http("GET", std::move(path), [counts = counts, &nodes = topics.cluster()](const http_request& request) {
    const auto accepted = request.header("accept").value_or("");
    const bool is_open = accepted.find("application/openmetrics-text") != std::string_view::npos;
    const auto format = is_open ? metrics_format::open_metrics : metrics_format::prometheus;
    auto page = http_response::text(200, counts->to_text(format) + to_text(nodes.nodes(), format));
    if (is_open) page.body += end_of_open_metrics;
    page.headers = {{"content-type", is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                             : "text/plain; version=0.0.4; charset=utf-8"},
                    {"cache-control", "no-store"}};
    return page;
  });
}

void endpoint_state::apply(const config& next) {
  const auto admin_tls = next.admin ? next.admin->tls : std::nullopt;
  const auto commit = network->prepare_reload({with_room_for_nodes(next).limits, next.tls, admin_tls});
  auto keys = api ? api_keys::from_file(next.admin_keys) : api_keys{};
  topics.cluster().reload();
  commit();
  if (api) api->use(std::move(keys));
}

void endpoint_state::try_to_reload() {
  const auto changes = wanted.source ? wanted.source->reread() : config_source::changes{};
  const auto& log = wanted.logger;
  for (const auto& warning : changes.warnings) log.warning(warning);
  config next = wanted;
  next.logger = logger{log_level::error};  // levels are shared between copies
  for (const auto& one : changes.reloadable) one.of->set(next, one.values);
  apply(next);
  if (wanted.source) wanted.source->apply(changes.reloadable, wanted);
  defaults->limits.set(with_room_for_nodes(wanted).limits);
  defaults->origins.set(allowed_origins(wanted));
  log.set_limits(wanted.limits);
  for (const auto& one : changes.reloadable) log.info(one.text);
  for (const auto& one : changes.others) log.warning(one.text, "needs a restart: " + one.of->name);
  if (api) log.info("keys of the HTTP API reloaded");
  if (has_tls() || !wanted.cluster.name.empty()) log.info("certificates reloaded");
  log.info("configuration reloaded; changed options: " + std::to_string(changes.reloadable.size()));
}

void endpoint_state::reload() {
  try {
    try_to_reload();
  } catch (const std::exception& e) {
    wanted.logger.error(std::string{"configuration not reloaded, all stays as it is: "} + e.what());
  }
}

void endpoint_state::keep_histories() {
  histories.require_consistency();
  if (!histories.any() || topics.history() != nullptr) return;
  topics.keep_history([this](std::string_view topic) { return histories.find(topic); },
                      wanted.limits.max_history_bytes);
}

}  // namespace bennu
