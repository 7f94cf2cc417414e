#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/replaceable.hpp>
#include <bennu/transport/internal/accepted_peer.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/io_shard.hpp>
#include <bennu/transport/internal/listener.hpp>
#include <bennu/transport/internal/request_handler.hpp>
#include <bennu/transport/internal/tls_context.hpp>
#include <bennu/transport/listener_options.hpp>

namespace bennu {

/// One listener and its connections, which are distributed to event loops in turn: accepts, shakes hands, and lets a
/// handler answer the requests.
///
/// Only the thread that owns it may call it. Its loops must run until `stop` has returned. The arguments of its
/// constructor must outlive it.
class http_server {
public:
  struct options {
    listener_options where;
    const replaceable<bennu::limits>& limits;
    const logger& log;
    std::shared_ptr<metrics> counts;
    std::size_t max_connections;
    std::size_t max_connections_per_address;
  };

  /// @param loops at least one; the first accepts
  http_server(options wanted, const std::vector<event_loop*>& loops, request_handler& handler);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Listens and begins to accept. @returns the port
  /// @throws std::runtime_error with the reason if it fails
  std::uint16_t start();

  /// Uses the certificates and the limits on the number of connections for connections from now on.
  /// @param tls null if there is no TLS
  void reload(std::unique_ptr<tls_context> tls, std::size_t max_connections, std::size_t max_connections_per_address);

  /// Accepts no more connections.
  void stop_accepting();
  /// Calls `action` with each connection, on its loop's thread, and returns when that is done.
  void for_each_session(const std::function<void(session&)>& action);
  /// Accepts no more connections, and cuts the open ones. Afterwards it has no work left on the loops.
  void stop();

  /// The count of connections, for long-poll sessions too.
  connection_count& count() noexcept { return count_; }

private:
  void accept(unique_fd fd, std::string address, std::uint16_t port);
  void begin(io_shard& shard, accepted_peer client);
  template <class F>
  void or_drop(F&& action);

  options wanted_;
  request_handler& handler_;
  connection_count count_;
  std::vector<std::unique_ptr<io_shard>> shards_;
  std::unique_ptr<tls_context> tls_;  ///< null for plain HTTP
  std::unique_ptr<listener> listener_;
  std::size_t next_shard_ = 0;
  bool is_stopped_ = false;
};

}  // namespace bennu
