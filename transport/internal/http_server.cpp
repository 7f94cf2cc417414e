#include <bennu/transport/internal/http_server.hpp>

#include <future>
#include <new>
#include <utility>

#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/tls_handshake.hpp>

namespace bennu {

namespace {

/// Runs `action` on the loop's thread and waits for its end.
template <class F>
void run_on(event_loop& loop, F&& action) {
  std::promise<void> done;
  loop.post([&] {
    action();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

http_server::http_server(options wanted, const std::vector<event_loop*>& loops, request_handler& handler)
    : wanted_(std::move(wanted)),
      handler_(handler),
      count_(wanted_.max_connections, wanted_.max_connections_per_address, wanted_.counts) {
  for (auto* loop : loops) shards_.push_back(std::make_unique<io_shard>(*loop, wanted_.log, *wanted_.counts));
}

http_server::~http_server() { stop(); }

std::uint16_t http_server::start() {
  if (wanted_.where.tls) tls_ = std::make_unique<tls_context>(*wanted_.where.tls);
  auto& loop = shards_.front()->loop;
  listener_ = std::make_unique<listener>(loop, wanted_.log, wanted_.where,
                                         [this](unique_fd fd, std::string address, std::uint16_t port) {
                                           accept(std::move(fd), std::move(address), port);
                                         });
  run_on(loop, [this] { listener_->start(); });
  return listener_->port();
}

void http_server::accept(unique_fd fd, std::string address, std::uint16_t port) {
  or_drop([&] {
    auto permit = count_.add(address);
    if (!permit) return wanted_.counts->add(metric::connections_refused);
    wanted_.counts->add(metric::connections_accepted);
    auto& shard = *shards_[next_shard_++ % shards_.size()];
    // The client is shared, because a task must be copyable, and a client is not.
    auto client = std::make_shared<accepted_peer>(stream{std::move(fd)}, std::move(*permit), std::move(address), port);
    shard.loop.post([this, &shard, client] { or_drop([&] { begin(shard, std::move(*client)); }); });
  });
}

void http_server::begin(io_shard& shard, accepted_peer client) {
  const auto& limits = wanted_.limits.get();
  if (!tls_) return http_session::start(shard, std::move(client), limits, handler_);
  client.stream.speak(tls_->accept(limits));
  tls_handshake::start(shard, std::move(client), limits, handler_);
}

/// If an allocation fails, only the connection that needs it ends.
template <class F>
void http_server::or_drop(F&& action) {
  try {
    action();
  } catch (const std::bad_alloc&) {
    wanted_.counts->add(metric::failed_allocations);
  }
}

void http_server::reload(std::unique_ptr<tls_context> tls, std::size_t max_connections,
                         std::size_t max_connections_per_address) {
  if (tls_ && tls) tls_->use(std::move(*tls));
  count_.set_limits(max_connections, max_connections_per_address);
}

void http_server::stop_accepting() {
  if (listener_) run_on(shards_.front()->loop, [this] { listener_->stop(); });
}

void http_server::for_each_session(const std::function<void(session&)>& action) {
  for (const auto& shard : shards_) {
    run_on(shard->loop, [&] {
      for (auto it = shard->sessions.begin(); it != shard->sessions.end();) action(*it++);
    });
  }
}

void http_server::stop() {
  if (std::exchange(is_stopped_, true)) return;
  stop_accepting();
  for_each_session([](session& one) { one.cut(); });
  // The loops finish their work for these connections before their shards are destroyed.
  for (const auto& shard : shards_) run_on(shard->loop, [&] { shard->stop(); });
}

}  // namespace bennu
