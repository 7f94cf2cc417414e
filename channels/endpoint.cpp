#include <bennu/channels/endpoint.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

#include <sys/resource.h>

#include <bennu/channels/internal/long_poll_service.hpp>
#include <bennu/channels/internal/mounted_socket.hpp>
#include <bennu/channels/internal/process_signals.hpp>
#include <bennu/channels/internal/sendable.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/pubsub/direct_adapter/direct_network.hpp>
#include <bennu/pubsub/group.hpp>
#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/node_metrics.hpp>
#include <bennu/pubsub/redis_adapter/redis_adapter.hpp>
#include <bennu/runtime/blocking_pool.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

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

/// The way of long polls to other nodes, which is the cluster's.
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

struct endpoint::state {
  explicit state(config c)
      : wanted(with_room_for_nodes(std::move(c))),
        nodes(network_of_nodes(wanted, names)),
        threads(make_system(wanted, groups, nodes.get())),
        counts(threads->metrics()),
        topics(each(*threads, [this](std::size_t i) { return &threads->loop(i); }),
               link_of(wanted, nodes.get(), *threads), wanted.logger),
        blocking(wanted.limits.max_blocking_threads, *counts),
        services{threads->actors(),
                 each(*threads, [this](std::size_t i) { return &threads->host(i); }),
                 topics,
                 wanted.logger,
                 *counts,
                 [this](blocking_pool::job next) { blocking.post(std::move(next)); }},
        network(std::make_unique<server>(
            *threads, server::options{wanted.host, wanted.port, wanted.tls, wanted.limits,
                                      long_polls_of(wanted, topics), wanted.admin, wanted.response_headers})) {
    groups.bind(topics);
    topics.count_with(counts);
    wanted.logger.set_limits(wanted.limits);
    wanted.logger.count_with(counts);
  }

  /// Reads again the files that may change while the server runs, and logs the result.
  bool has_tls() const noexcept { return wanted.tls || (wanted.admin && wanted.admin->tls); }

  /// @throws std::runtime_error or std::invalid_argument that names the file that cannot be used
  void reload_certificates() {
    if (has_tls()) network->reload_certificates();
    topics.cluster().reload();
  }

  void reload() {
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

  config wanted;
  group_adapter groups;
  std::shared_ptr<actor_names> names = std::make_shared<actor_names>();
  std::unique_ptr<direct_network> nodes;  ///< null if CAF carries no messages to other nodes
  std::unique_ptr<system> threads;
  std::shared_ptr<bennu::metrics> counts;
  bennu::pubsub topics;
  blocking_pool blocking;  // I/O threads may post until they have ended
  channel_services services;
  std::unique_ptr<server> network;
  std::exception_ptr mistake;  ///< the first mistake in a mounted socket
};

endpoint::endpoint(config wanted) : state_(std::make_unique<state>(std::move(wanted))) {
  std::signal(SIGPIPE, SIG_IGN);  // if a client is gone, a write fails, and the process goes on
}

endpoint::~endpoint() {
  stop();
  state_->threads.reset();
}

void endpoint::mount(std::string path, socket_options options,
                     const std::function<std::unique_ptr<user_socket>()>& make) {
  auto& s = *state_;
  const auto& origins = s.wanted.origins;
  try {
    if (!origins.empty() && options.check_origin.is_same_request()) options.check_origin = origin_check::list(origins);
    s.network->add(std::make_shared<mounted_socket>(s.services, path, std::move(options), s.wanted.limits, make()));
  } catch (const std::invalid_argument&) {
    if (!s.mistake) s.mistake = std::current_exception();
  }
}

http_routes& endpoint::routes() noexcept { return state_->network->routes(); }

http_routes& endpoint::admin() noexcept { return state_->network->admin_routes(); }

void endpoint::metrics(http_routes& routes, std::string path) {
  routes.http(
      "GET", std::move(path), [counts = state_->counts, &nodes = state_->topics.cluster()](const http_request&) {
        auto page = http_response::text(200, counts->to_prometheus() + to_prometheus(nodes.nodes()));
        page.headers = {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}, {"cache-control", "no-store"}};
        return page;
      });
}

const metrics& endpoint::metrics() const noexcept { return *state_->counts; }

std::uint16_t endpoint::start() {
  if (state_->mistake) std::rethrow_exception(state_->mistake);
  state_->topics.cluster().start();
  return state_->network->start();
}

std::optional<std::uint16_t> endpoint::admin_port() const noexcept { return state_->network->admin_port(); }

void endpoint::reload_certificates() { state_->reload_certificates(); }

void endpoint::stop() {
  auto& s = *state_;
  if (s.network == nullptr) return;
  s.network->drain();
  s.network->stop();
  s.topics.cluster().leave();
  s.names->clear();  // releases actors that only their names keep alive
  if (!s.threads->await_actors(s.wanted.limits.shutdown_timeout)) {
    s.wanted.logger.warning("some actors did not end in time");
    s.threads->actors().await_actors_before_shutdown(false);
  }
  s.topics.cluster().stop();
  s.blocking.finish();
  s.threads.reset();
  s.network.reset();
}

int endpoint::run() {
  const blocked_signals signals;
  try {
    const auto port = start();
    const auto& wanted = state_->wanted;
    std::printf("listening on %s\n", url_of({wanted.host, port, {}, wanted.tls}, port).c_str());
    if (const auto admin = admin_port()) std::printf("admin on %s\n", url_of(*wanted.admin, *admin).c_str());
    std::fflush(stdout);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  while (signals.wait() == SIGHUP) state_->reload();
  const auto& limits = state_->wanted.limits;
  const auto guard = end_process_after(2 * limits.shutdown_timeout + limits.node_leave_timeout, state_->wanted.logger);
  stop();
  signals.drop_pending();
  return 0;
}

void endpoint::broadcast(std::string_view topic, std::string_view event, payload content) {
  require_sendable(topic, event, content);
  state_->topics.broadcast(topic, event, std::move(content));
}

void endpoint::local_broadcast(std::string_view topic, std::string_view event, payload content) {
  require_sendable(topic, event, content);
  state_->topics.broadcast(topic, event, std::move(content), {.scope = scope::this_node()});
}

bool endpoint::direct_broadcast(std::string_view node, std::string_view topic, std::string_view event,
                                payload content) {
  require_sendable(topic, event, content);
  return state_->topics.broadcast(topic, event, std::move(content), {.scope = scope::node(node)});
}

const std::string& endpoint::node_name() const noexcept { return state_->topics.node_name(); }

std::vector<node_info> endpoint::nodes() const { return state_->topics.cluster().nodes(); }

void endpoint::register_actor(const std::string& name, const actor_ref& who) { state_->names->add(name, who); }

void endpoint::find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then) {
  if (node == node_name()) return then(state_->names->find(name));
  if (state_->nodes == nullptr) return then({});
  state_->nodes->find_actor(node, name, std::move(then));
}

pubsub& endpoint::pubsub() noexcept { return state_->topics; }

caf::actor_system& endpoint::actors() noexcept { return state_->threads->actors(); }

}  // namespace bennu
