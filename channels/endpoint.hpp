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

/// A server: its threads, its pubsub, its sockets, its HTTP handlers and the files it serves. A program's `main` puts
/// it together:
///
///     bennu::endpoint server{bennu::config::from_args(argc, argv)};
///     server.socket<user_socket>("/socket");
///     server.files("/", "www");
///     return server.run();
///
/// Several may live in one process. The members are called by the thread that owns the endpoint; those below `run` may
/// be called by any thread. Mistakes in what is added before the start, such as a folder that is not there, or a path
/// that is mounted twice, are reported by the start.
class endpoint {
public:
  /// Starts the threads; connections are accepted from `start` or `run` on.
  explicit endpoint(config wanted);
  /// Stops.
  ~endpoint();
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;

  /// Offers a socket class below `path`: at `<path>/websocket`, and at `<path>/longpoll` if the options say so. Before
  /// the start.
  /// @param arguments for the constructor of `Socket`; a std::invalid_argument that it throws is reported by the start
  template <class Socket, class... Arguments>
  void socket(std::string path, socket_options options = {}, Arguments&&... arguments) {
    mount(std::move(path), std::move(options),
          [&] { return std::make_unique<Socket>(std::forward<Arguments>(arguments)...); });
  }

  /// Has `handler` answer HTTP requests with this method and path, at once or later, from any thread. Before the start.
  /// See `http_routes::http` for paths with variables, and for what else is answered.
  ///
  ///     server.http("GET", "/version", [](const bennu::http_request&) { return bennu::http_response::text(200, "1");
  ///     }); server.http("POST", "/jobs", [&](bennu::http_request request, bennu::http_responder to) {
  ///       queue.add(std::move(request.body), [to](std::string result) {
  ///         to.respond(bennu::http_response::text(200, std::move(result)));
  ///       });
  ///     });
  template <class Handler>
  void http(std::string method, std::string path, Handler handler) {
    routes().http(std::move(method), std::move(path), std::move(handler));
  }

  /// Serves the files below `directory` under `prefix`. Before the start.
  void files(std::string prefix, const std::filesystem::path& directory) {
    routes().files(std::move(prefix), directory);
  }

  /// All that is answered over plain HTTP. Before the start.
  http_routes& routes() noexcept;

  /// The same of the second listener, `config::admin`: for operators and other programs, on a thread of its own. It
  /// answers while the other threads are busy, and until the end of the stop. If there is no such listener, nobody
  /// reaches these. Before the start.
  http_routes& admin() noexcept;

  /// Serves what is counted as text at `path`, for Prometheus: to everybody who can reach the port. Before the start.
  void metrics(std::string path) { metrics(routes(), std::move(path)); }
  /// The same among `routes`, such as those of `admin`.
  void metrics(http_routes& routes, std::string path);
  /// What is counted. Any thread may read it, also after the stop.
  const bennu::metrics& metrics() const noexcept;

  /// Listens and accepts. @returns the port
  /// @throws std::exception that says what went wrong, such as a mistake in a route, a port in use, or a key that
  /// cannot be read
  std::uint16_t start();

  /// The port of the second listener after the start; 0 if it listens at a Unix socket, nothing if there is none.
  std::optional<std::uint16_t> admin_port() const noexcept;

  /// Reads the files of all `tls_options` again, for connections from now on; those that exist keep what they have.
  /// Does nothing if there is no TLS. Not after `stop`.
  /// @throws std::runtime_error that says what is wrong with them; then those in use stay in use
  void reload_certificates();

  /// Closes the listener, drains the connections (see `limits::drain_batch_size`), ends all channels with the reason
  /// shutdown, and returns when they have ended, or after twice `limits::shutdown_timeout`; but it waits for blocking
  /// jobs and callbacks, however long they take. Does nothing where it was called before.
  void stop();

  /// Starts, prints `listening on http://HOST:PORT` (with TLS: https) on standard output, and `admin on …` if there is
  /// a second listener, and stops on SIGINT or SIGTERM. On SIGHUP it reloads the certificates, and logs the result;
  /// without TLS it logs that there is nothing to reload. If a blocking job or a callback does not end, it ends the
  /// process with 0 after twice `limits::shutdown_timeout` and `limits::node_leave_timeout`.
  /// @returns the exit code for `main`: 0, or 1 where it could not start, with one line on standard error that says why
  int run();

  /// Sends an event to all clients of a topic, on all nodes.
  /// @throws std::invalid_argument if the payload is neither an object nor bytes, or if it is bytes and the topic or the
  /// event is longer than the 255 bytes that Phoenix's binary messages have room for
  void broadcast(std::string_view topic, std::string_view event, payload content);
  /// As `broadcast`, to the clients of this node.
  void local_broadcast(std::string_view topic, std::string_view event, payload content);
  /// As `broadcast`, to the clients of one node, which may be this one. @returns false if it is not up
  bool direct_broadcast(std::string_view node, std::string_view topic, std::string_view event, payload content);

  /// What the other nodes know this one by. A node that is alone is called "local".
  const std::string& node_name() const noexcept;
  /// The other nodes that are known, by name, and whether they are up.
  std::vector<node_info> nodes() const;

  /// Other nodes can ask for an actor by this name, until it ends or another one takes the name.
  void register_actor(const std::string& name, const actor_ref& who);
  /// Asks a node, which may be this one, for the actor of a name. An actor of another node can be sent what CAF can
  /// carry (see `config::configure_caf`), and be monitored: where its node is lost, it is down for the reason
  /// `no_connection`.
  /// @param then is called once, on any thread, within `limits::node_timeout`: with nothing where there is no such
  /// actor, the node is not up, or nodes reach each other through Redis. Must not throw.
  void find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then);

  bennu::pubsub& pubsub() noexcept;
  caf::actor_system& actors() noexcept;

private:
  void mount(std::string path, socket_options options, const std::function<std::unique_ptr<user_socket>()>& make);

  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bennu
