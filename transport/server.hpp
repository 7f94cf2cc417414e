#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/http_routes.hpp>
#include <bennu/transport/listener_options.hpp>
#include <bennu/transport/long_poll_nodes.hpp>
#include <bennu/transport/response_headers.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

class system;

/// The network side of an endpoint: listens, speaks HTTP, answers requests by its routes, and opens WebSockets and
/// long-poll sessions on its sockets. Each connection lives on one of the system's I/O threads from its first byte to
/// its last.
///
/// There may be a second listener for operators and other programs, with routes of its own. It has a thread of its own
/// too, so that it answers while the I/O threads are busy, and after the first one was drained, until `stop`.
///
/// All members are called by the thread that owns the server, none by an I/O thread.
class server {
public:
  struct options {
    std::string host = "127.0.0.1";                 ///< a name or an address
    std::uint16_t port = 4000;                      ///< 0 selects a free one
    std::optional<tls_options> tls = std::nullopt;  ///< plain HTTP if empty
    bennu::limits limits;
    /// The other nodes that a client's long polls may reach; null if there are none. They must send nothing any more
    /// when the server ends.
    std::shared_ptr<long_poll_nodes> nodes = nullptr;
    std::optional<listener_options> admin = std::nullopt;  ///< the second listener; none if empty
    http_headers response_headers = default_response_headers();
  };

  /// @param threads must outlive the server
  server(system& threads, options wanted);
  /// Calls `stop`, unless that was done before.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Before `start` only. A mistake in the socket's path is reported by `start`.
  void add(std::shared_ptr<socket_route> route);

  /// Handlers and files of the listener for clients. Before `start` only.
  http_routes& routes() noexcept;
  /// Handlers and files of the second listener. They are unused if there is none. Before `start` only.
  http_routes& admin_routes() noexcept;

  /// Opens the second listener, if there is one. `start` does so if it was not done before.
  /// @throws std::exception as `start`
  void start_admin();

  /// Listens and begins to accept.
  /// @returns the port
  /// @throws std::exception with the reason: a mistake in a route, a port in use, a key that cannot be read
  std::uint16_t start();

  /// The port of the second listener once the server has started; 0 at a Unix socket, nothing if there is none.
  std::optional<std::uint16_t> admin_port() const noexcept;

  /// The options that may change while a server runs.
  struct reloadable_options {
    bennu::limits limits;
    std::optional<tls_options> tls = std::nullopt;  ///< of the first listener; unused if it has no TLS
    std::optional<tls_options> admin_tls = std::nullopt;
  };

  /// Reads the files of TLS that `next` names, and returns a function that applies them and the limits to connections
  /// from now on. Call it at most once, before the server ends.
  /// @throws std::runtime_error with the reason if the files cannot be used
  std::function<void()> prepare_reload(const reloadable_options& next);

  /// Accepts no more clients, and closes the open connections, `limits::drain_batch_size` at a time with
  /// `limits::drain_batch_interval` in between. WebSockets are closed with 1012, so that clients reconnect to another
  /// server. Returns when all are closed, or after `limits::shutdown_timeout`, when the remaining ones are cut. The
  /// second listener stays open.
  void drain();

  /// Accepts no more connections at all, and cuts the open ones. Afterwards the server uses the I/O threads no longer,
  /// so they may end before the server.
  void stop();

  /// The number of open connections of clients, of all kinds.
  std::size_t connections() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bennu
