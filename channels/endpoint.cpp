#include <bennu/channels/endpoint.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/client_module.hpp>
#include <bennu/channels/internal/endpoint_state.hpp>
#include <bennu/channels/internal/mounted_socket.hpp>
#include <bennu/channels/internal/process_signals.hpp>
#include <bennu/channels/internal/sendable.hpp>

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
  try {
    auto made = std::make_shared<mounted_socket>(s.services, path, std::move(options), s.defaults, make());
    s.histories.add({made, &made->user()});
    s.network->add(std::move(made));
  } catch (const std::invalid_argument&) {
    if (!s.mistake) s.mistake = std::current_exception();
  }
}

void endpoint::client_module(std::string path) {
  routes().http("GET", std::move(path), [](const http_request& request) { return bennu::client_module(request); });
}

http_routes& endpoint::routes() noexcept { return state_->network->routes(); }

http_routes& endpoint::admin() noexcept { return state_->network->admin_routes(); }

void endpoint::metrics(http_routes& routes, std::string path) { state_->serve_metrics(routes, std::move(path)); }

const metrics& endpoint::metrics() const noexcept { return *state_->counts; }

std::uint16_t endpoint::start() {
  if (state_->mistake) std::rethrow_exception(state_->mistake);
  state_->keep_histories();
  state_->network->start_admin();  // supervisors may ask while the node looks for the others
  state_->topics.cluster().start();
  const auto port = state_->network->start();
  state_->health.set(health::stage::serving);
  return port;
}

std::optional<std::uint16_t> endpoint::admin_port() const noexcept { return state_->network->admin_port(); }

void endpoint::reload_certificates() { state_->apply(state_->wanted); }

void endpoint::stop() {
  auto& s = *state_;
  if (s.network == nullptr) return;
  s.health.set(health::stage::ending);
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
  state_->health.set(health::stage::ending);
  signals.wait_for_end(limits.shutdown_delay);
  const auto guard = end_process_after(2 * limits.shutdown_timeout + limits.node_leave_timeout, state_->wanted.logger);
  stop();
  signals.drop_pending();
  return 0;
}

void endpoint::broadcast(std::string_view topic, std::string_view event, payload content, retention how) {
  require_sendable(topic, event, content);
  state_->topics.broadcast(topic, event, std::move(content), {.retention = how});
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

history* endpoint::history() noexcept { return state_->topics.history(); }

void endpoint::sockets(const socket_query& wanted, std::function<void(socket_page)> then) {
  state_->clients.sockets(wanted, std::move(then));
}

void endpoint::topics(const topic_query& wanted, std::function<void(topic_page)> then) {
  state_->clients.topics(wanted, std::move(then));
}

void endpoint::node_reports(std::function<void(std::vector<node_report>)> then) {
  state_->clients.reports(std::move(then));
}

void endpoint::close(std::string_view ref, std::string reason, std::function<void(bool)> then) {
  state_->clients.close(ref, std::move(reason), [then = std::move(then)](introspection::closing result) {
    if (then) then(result == introspection::closing::closed);
  });
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
