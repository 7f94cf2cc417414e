#include <bennu/channels/endpoint.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/endpoint_state.hpp>
#include <bennu/channels/internal/mounted_socket.hpp>
#include <bennu/channels/internal/process_signals.hpp>
#include <bennu/channels/internal/sendable.hpp>
#include <bennu/pubsub/node_metrics.hpp>

namespace bennu {

endpoint::endpoint(config wanted) : state_(std::make_unique<endpoint_state>(std::move(wanted))) {
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
