#include <bennu/transport/server.hpp>

#include <algorithm>
#include <future>
#include <vector>

#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/http_router.hpp>
#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/listener.hpp>
#include <bennu/transport/internal/long_poll_transport.hpp>
#include <bennu/transport/internal/tls_context.hpp>
#include <bennu/transport/internal/tls_handshake.hpp>

namespace bennu {

namespace {

/// Runs `what` on the loop's thread and waits for its end.
template <class F>
void run_on(event_loop& loop, F&& what) {
  std::promise<void> done;
  loop.post([&] {
    what();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

struct server::state {
  state(system& t, options o)
      : threads(t),
        wanted(std::move(o)),
        count(wanted.limits.max_connections, wanted.limits.max_connections_per_address, threads.metrics()),
        long_polls(t, count),
        router(long_polls) {
    for (std::size_t i = 0; i < threads.io_threads(); ++i) {
      shards.push_back(std::make_unique<io_shard>(threads.loop(i), threads.log(), *threads.metrics()));
    }
  }

  void accept(unique_fd fd, std::string address, std::uint16_t port) {
    auto permit = count.add(address);
    if (!permit) return threads.metrics()->add(metric::connections_refused);
    threads.metrics()->add(metric::connections_accepted);
    auto& shard = *shards[next++ % shards.size()];
    // Tasks are copyable, a client is not.
    auto client = std::make_shared<accepted_peer>(stream{std::move(fd)}, std::move(*permit), std::move(address), port);
    shard.loop.post([this, &shard, client] { begin(shard, std::move(*client)); });
  }

  void begin(io_shard& shard, accepted_peer client) {
    if (!tls) return http_session::start(shard, std::move(client), wanted.limits, router);
    client.stream.speak(tls->accept());
    tls_handshake::start(shard, std::move(client), wanted.limits, router);
  }

  template <class F>
  void on_sessions(F&& what) {
    for (const auto& shard : shards) {
      run_on(shard->loop, [&] {
        for (auto it = shard->sessions.begin(); it != shard->sessions.end();) what(*it++);
      });
    }
  }

  system& threads;
  options wanted;
  connection_count count;
  long_poll_transport long_polls;
  http_router router;
  std::vector<std::unique_ptr<io_shard>> shards;
  std::unique_ptr<tls_context> tls;  ///< null: plain HTTP
  std::unique_ptr<listener> accepting;
  std::size_t next = 0;
  bool stopped = false;
};

server::server(system& threads, options wanted) : state_(std::make_unique<state>(threads, std::move(wanted))) {}

server::~server() { stop(); }

void server::stop() {
  auto& s = *state_;
  if (std::exchange(s.stopped, true)) return;
  if (s.accepting) run_on(s.threads.loop(0), [&] { s.accepting->stop(); });
  s.on_sessions([](session& one) { one.cut(); });
  // What the loops still have to do for these connections is done before their shards go.
  for (const auto& shard : s.shards) run_on(shard->loop, [&] { shard->stop(); });
}

void server::add(std::shared_ptr<socket_route> route) { state_->router.add(std::move(route)); }

void server::add_files(std::string prefix, const std::filesystem::path& directory) {
  state_->router.add_files(std::move(prefix), static_files{directory});
}

void server::add_page(std::string path, std::string content_type, std::function<std::string()> text) {
  state_->router.add_page(std::move(path), std::move(content_type), std::move(text));
}

std::uint16_t server::start() {
  auto& s = *state_;
  if (s.wanted.tls) s.tls = std::make_unique<tls_context>(*s.wanted.tls);
  s.accepting = std::make_unique<listener>(s.threads.loop(0), s.threads.log(), s.wanted.host, s.wanted.port,
                                           [&s](unique_fd fd, std::string address, std::uint16_t port) {
                                             s.accept(std::move(fd), std::move(address), port);
                                           });
  if (s.wanted.nodes) s.long_polls.share(s.wanted.nodes, s.wanted.limits);
  run_on(s.threads.loop(0), [&s] { s.accepting->start(); });
  return s.accepting->port();
}

void server::reload_certificates() {
  if (state_->tls) state_->tls->reload();
}

void server::drain() {
  auto& s = *state_;
  if (s.accepting) run_on(s.threads.loop(0), [&] { s.accepting->stop(); });
  const auto& l = s.wanted.limits;
  const auto deadline = std::chrono::steady_clock::now() + l.shutdown_timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    std::size_t left = l.drain_batch_size;
    left -= s.long_polls.drain(left);
    s.on_sessions([&](session& one) {
      if (left > 0 && one.drain()) --left;
    });
    if (left > 0) break;
    if (s.count.await_none(l.drain_batch_interval)) return;
  }
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  if (!s.count.await_none(std::max(rest, std::chrono::milliseconds{0}))) {
    s.on_sessions([](session& one) { one.cut(); });
  }
}

std::size_t server::connections() const noexcept { return state_->count.total(); }

}  // namespace bennu
