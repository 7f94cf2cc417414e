#include <bennu/transport/server.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/loop_thread.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/http_router.hpp>
#include <bennu/transport/internal/http_server.hpp>
#include <bennu/transport/internal/long_poll_transport.hpp>

namespace bennu {

namespace {

std::vector<event_loop*> loops_of(system& threads) {
  std::vector<event_loop*> all;
  for (std::size_t i = 0; i < threads.io_threads(); ++i) all.push_back(&threads.loop(i));
  return all;
}

http_server::options clients_of(const system& threads, const server::options& wanted,
                                const replaceable<limits>& limits) {
  return {{wanted.host, wanted.port, {}, wanted.tls},
          limits,
          threads.log(),
          threads.metrics(),
          wanted.limits.max_connections,
          wanted.limits.max_connections_per_address};
}

/// @param is_used if the listener has TLS
std::unique_ptr<tls_context> load(const std::optional<tls_options>& wanted, bool is_used) {
  return wanted && is_used ? std::make_unique<tls_context>(*wanted) : nullptr;
}

}  // namespace

struct server::state {
  /// The second listener, and the thread that serves it.
  struct admin_server {
    admin_server(system& threads, const options& wanted, const replaceable<bennu::limits>& limits, http_router& router)
        : thread("bennu.admin", threads.io_threads()),
          http({*wanted.admin, limits, threads.log(), threads.metrics(), wanted.limits.max_admin_connections,
                wanted.limits.max_admin_connections},
               {&thread.loop()}, router) {
      thread.start([log = threads.log()](const std::exception_ptr& thrown) {
        log.error("a task of the thread of the second listener failed: " + exception_text(thrown));
      });
    }

    loop_thread thread;
    http_server http;
    std::uint16_t port = 0;
  };

  state(system& t, options o)
      : threads(t),
        wanted(std::move(o)),
        limits(wanted.limits),
        router(wanted.response_headers),
        admin_router(wanted.response_headers),
        clients(clients_of(threads, wanted, limits), loops_of(threads), router),
        long_polls(threads, clients.count()) {
    router.serve_long_polls(long_polls);
  }

  system& threads;
  const options wanted;
  replaceable<bennu::limits> limits;  ///< those in effect
  http_router router;
  http_router admin_router;
  http_server clients;
  long_poll_transport long_polls;
  std::unique_ptr<admin_server> admin;  ///< null before the start, or if there is none
};

server::server(system& threads, options wanted) : state_(std::make_unique<state>(threads, std::move(wanted))) {}

server::~server() { stop(); }

void server::add(std::shared_ptr<socket_route> route) { state_->router.add(std::move(route)); }

http_routes& server::routes() noexcept { return state_->router.routes(); }

http_routes& server::admin_routes() noexcept { return state_->admin_router.routes(); }

void server::start_admin() {
  auto& s = *state_;
  s.router.check();
  s.admin_router.check();
  if (!s.wanted.admin || s.admin) return;
  s.admin = std::make_unique<state::admin_server>(s.threads, s.wanted, s.limits, s.admin_router);
  s.admin->port = s.admin->http.start();
}

std::uint16_t server::start() {
  start_admin();
  auto& s = *state_;
  if (s.wanted.nodes) s.long_polls.share(s.wanted.nodes, s.wanted.limits);
  return s.clients.start();
}

std::optional<std::uint16_t> server::admin_port() const noexcept {
  return state_->admin ? std::optional{state_->admin->port} : std::nullopt;
}

std::function<void()> server::prepare_reload(const reloadable_options& next) {
  struct loaded_certificates {
    std::unique_ptr<tls_context> clients;
    std::unique_ptr<tls_context> admin;
  };
  const auto& wanted = state_->wanted;
  auto loaded = std::make_shared<loaded_certificates>();  // functions are copyable
  loaded->clients = load(next.tls, wanted.tls.has_value());
  loaded->admin = load(next.admin_tls, wanted.admin && wanted.admin->tls);
  return [&s = *state_, loaded, limits = next.limits] {
    s.limits.set(limits);
    s.clients.reload(std::move(loaded->clients), limits.max_connections, limits.max_connections_per_address);
    if (s.admin) {
      s.admin->http.reload(std::move(loaded->admin), limits.max_admin_connections, limits.max_admin_connections);
    }
  };
}

void server::drain() {
  auto& s = *state_;
  s.clients.stop_accepting();
  auto& count = s.clients.count();
  const auto& limits = s.limits.get();
  const auto deadline = std::chrono::steady_clock::now() + limits.shutdown_timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    std::size_t left = limits.drain_batch_size;
    left -= s.long_polls.drain(left);
    s.clients.for_each_session([&](session& one) {
      if (left > 0 && one.drain()) --left;
    });
    if (left > 0) break;
    if (count.await_none(limits.drain_batch_interval)) return;
  }
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  if (!count.await_none(std::max(rest, std::chrono::milliseconds{0}))) {
    s.clients.for_each_session([](session& one) { one.cut(); });
  }
}

void server::stop() {
  state_->clients.stop();
  state_->admin.reset();
}

std::size_t server::connections() const noexcept { return state_->clients.count().total(); }

}  // namespace bennu
