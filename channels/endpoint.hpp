#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/config.hpp>
#include <bennu/channels/introspection/node_report.hpp>
#include <bennu/channels/introspection/socket_list.hpp>
#include <bennu/channels/introspection/topic_list.hpp>
#include <bennu/channels/user_socket.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/http_routes.hpp>
#include <bennu/transport/socket_route.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

struct endpoint_state;

/// A server: its threads, its pubsub, its sockets, its HTTP handlers and its files. A program creates it in `main`:
///
///     bennu::endpoint server{bennu::config::from_args(argc, argv)};
///     server.socket<user_socket>("/socket");
///     server.files("/", "www");
///     return server.run();
///
/// A process may have several. The thread that owns the endpoint calls the members. Any thread may call those below
/// `run`. `start` reports mistakes in earlier calls, such as a folder that does not exist, or a path that is mounted
/// twice.
class endpoint {
public:
  /// Starts the threads. Connections are accepted after `start` or `run`.
  explicit endpoint(config wanted);
  /// Calls `stop`.
  ~endpoint();
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;

  /// Serves a socket class below `path`: at `<path>/websocket`, and at `<path>/longpoll` if the options enable it. Call
  /// it before the start.
  /// @param arguments for the constructor of `Socket`; `start` reports a std::invalid_argument that it throws
  template <class Socket, class... Arguments>
  void socket(std::string path, socket_options options = {}, Arguments&&... arguments) {
    mount(std::move(path), std::move(options),
          [&] { return std::make_unique<Socket>(std::forward<Arguments>(arguments)...); });
  }

  /// Makes `handler` answer HTTP requests with this method and path, at once or later, from any thread. Call it before
  /// the start. See `http_routes::http` for paths with variables, and for other methods.
  ///
  ///     server.http("GET", "/version",
  ///                 [](const bennu::http_request&) { return bennu::http_response::text(200, "1"); });
  ///     server.http("POST", "/jobs", [&](bennu::http_request request, bennu::http_responder to) {
  ///       queue.add(std::move(request.body), [to](std::string result) {
  ///         to.respond(bennu::http_response::text(200, std::move(result)));
  ///       });
  ///     });
  template <class Handler>
  void http(std::string method, std::string path, Handler handler) {
    routes().http(std::move(method), std::move(path), std::move(handler));
  }

  /// Serves the files below `directory` under `prefix`. Call it before the start.
  void files(std::string prefix, const std::filesystem::path& directory) {
    routes().files(std::move(prefix), directory);
  }

  /// Serves the JavaScript module for pages, which keeps positions and sends pushes again, at a path such as
  /// "/bennu.mjs". Call it before the start.
  void client_module(std::string path);

  /// The handlers and files for clients. Add to them before the start.
  http_routes& routes() noexcept;

  /// The handlers and files of the second listener, `config::admin`, for operators and other programs, on a thread of
  /// its own. It answers while the other threads are busy, and until the end of `stop`. They are unused if there is no
  /// such listener. Add to them before the start.
  http_routes& admin() noexcept;

  /// Serves the metrics at `path`, as text for Prometheus, to every client that can reach the port. Call it before the
  /// start.
  void metrics(std::string path) { metrics(routes(), std::move(path)); }
  /// Serves the metrics among `routes`, such as those of `admin`.
  void metrics(http_routes& routes, std::string path);
  /// The metrics. Any thread may read them, also after `stop`.
  const bennu::metrics& metrics() const noexcept;

  /// Listens and accepts. @returns the port
  /// @throws std::exception with the reason, such as a mistake in a route, a port in use, or a key that cannot be read
  std::uint16_t start();

  /// The port of the second listener after the start; 0 if it listens on a Unix socket, nothing if there is none.
  std::optional<std::uint16_t> admin_port() const noexcept;

  /// Reads the files of all `tls_options` again, for new connections. Existing connections keep their certificates.
  /// Does nothing if there is no TLS. Must not be called after `stop`.
  /// @throws std::runtime_error with the reason if they cannot be used; the present ones then stay in use
  void reload_certificates();

  /// Closes the listener, drains the connections (see `limits::drain_batch_size`), ends all channels with the reason
  /// shutdown, and returns when they have ended, or after twice `limits::shutdown_timeout`; but it waits for blocking
  /// jobs and callbacks, however long they take. A second call does nothing.
  void stop();

  /// Starts, prints `listening on http://HOST:PORT` (with TLS: https) on standard output, and `admin on …` if there is
  /// a second listener, and stops on SIGINT or SIGTERM, after `limits::shutdown_delay`.
  ///
  /// On SIGHUP it reads the configuration again (see `config::from_args`) and applies the options that may change while
  /// it runs: the log level, origins, files of certificates and keys, and most limits, for new connections. It logs a
  /// line for each, and for each changed option that needs a restart. If there is a fault, it logs that and changes
  /// nothing. If a blocking job or a callback does not end, it ends the
  /// process with 0 after twice `limits::shutdown_timeout` and `limits::node_leave_timeout`.
  /// @returns the exit code for `main`: 0, or 1 if it could not start, with the reason in one line on standard error
  int run();

  /// Sends an event to all clients of a topic, on all nodes.
  /// @throws std::invalid_argument if the payload is neither an object nor bytes, or if it is bytes and the topic or
  /// the event is longer than 255 bytes, the limit of Phoenix's binary messages
  /// @param how if the topic keeps history: whether this event becomes part of it
  void broadcast(std::string_view topic, std::string_view event, payload content, retention how = retention::kept);
  /// As `broadcast`, to the clients of this node. Never kept.
  void local_broadcast(std::string_view topic, std::string_view event, payload content);
  /// As `broadcast`, to the clients of one node, which may be this one. Never kept. @returns false if it is not up
  bool direct_broadcast(std::string_view node, std::string_view topic, std::string_view event, payload content);

  /// The histories of topics, to read a topic's messages or its position, and to drop them.
  /// @returns null if no class keeps history, and before the start
  bennu::history* history() noexcept;

  // -- questions about clients ----------------------------------------------------------------------------------------
  //
  // Each I/O thread answers for its own clients, in small steps, so that they hardly notice it. Other nodes answer within
  // `limits::node_answer_timeout`, or are named in the answer. `then` is called once, on any thread, unless the endpoint
  // stops before; it must not throw.

  /// Lists connected clients. @throws std::invalid_argument if the limit or the cursor is wrong
  void sockets(const socket_query& wanted, std::function<void(socket_page)> then);
  /// Lists topics with their subscribers. @throws std::invalid_argument if the limit or the cursor is wrong
  void topics(const topic_query& wanted, std::function<void(topic_page)> then);
  /// Counts the clients of each known node, this one first, by socket path and by channel class.
  void node_reports(std::function<void(std::vector<node_report>)> then);
  /// Closes one connection, on any node, with 1001 (a long-poll session ends).
  /// @param ref `socket_info::ref` @param reason for the log
  /// @param then receives false if there is no such connection, or if its node does not answer
  void close(std::string_view ref, std::string reason, std::function<void(bool)> then = {});

  /// The name of this node in the cluster. A node that is alone has the name "local".
  const std::string& node_name() const noexcept;
  /// The other known nodes, sorted by name, with their state.
  std::vector<node_info> nodes() const;

  /// Registers an actor under a name for other nodes, until it ends or another actor is registered under the name.
  void register_actor(const std::string& name, const actor_ref& who);
  /// Asks a node, which may be this one, for the actor of a name. An actor of another node can be sent messages that
  /// CAF can carry (see `config::configure_caf`), and can be monitored: if its node is lost, its `down` has the reason
  /// `no_connection`.
  /// @param then called once, on any thread, within `limits::node_timeout`; with an empty reference if there is no such
  /// actor, if the node is not up, or if nodes reach each other through Redis. Must not throw.
  void find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

  bennu::pubsub& pubsub() noexcept;
  caf::actor_system& actors() noexcept;

private:
  friend class presence;
  void mount(std::string path, socket_options options, const std::function<std::unique_ptr<user_socket>()>& make);

  std::unique_ptr<endpoint_state> state_;
};

}  // namespace bennu
