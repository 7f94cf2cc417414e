#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/long_poll_nodes.hpp>
#include <bennu/transport/socket_route.hpp>
#include <bennu/transport/tls_options.hpp>

namespace bennu {

class system;

/// The network side of an endpoint: listens, speaks HTTP, serves files, and hands WebSockets and long-poll sessions to
/// their routes. Each connection lives on one of the system's I/O threads from its first byte to its last.
///
/// All members are called by the thread that owns the server, none by an I/O thread.
class server {
public:
  struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 4000;                      ///< 0: a free one
    std::optional<tls_options> tls = std::nullopt;  ///< nothing: plain HTTP
    bennu::limits limits;
    /// The other nodes that a client's long polls may reach; null: there are none. They send nothing any more when the
    /// server ends.
    std::shared_ptr<long_poll_nodes> nodes = nullptr;
  };

  /// @param threads must outlive the server
  server(system& threads, options wanted);
  /// Stops, unless that was done before.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Before `start` only.
  void add(std::shared_ptr<socket_route> route);
  /// Serves the files below `directory` under `prefix`. Before `start` only.
  /// @throws std::system_error where there is no such directory
  void add_files(std::string prefix, const std::filesystem::path& directory);

  /// Answers GET at `path` with a text of that type, made anew for each request on the thread of its connection. Before
  /// `start` only.
  void add_page(std::string path, std::string content_type, std::function<std::string()> text);

  /// Listens and begins to accept.
  /// @returns the port
  /// @throws std::runtime_error that says what went wrong, such as that the port is in use or a key cannot be read
  std::uint16_t start();

  /// Reads the files of `tls_options` again, for all connections from now on. Where there is no TLS it does nothing.
  /// @throws std::runtime_error that says what is wrong with them: then those in use stay in use
  void reload_certificates();

  /// Accepts no more connections, and closes those there are, `limits::drain_batch_size` at a time with
  /// `limits::drain_batch_interval` between: a WebSocket with 1012, so that clients reconnect, elsewhere. Returns when
  /// all are closed or after `limits::shutdown_timeout`, when the rest is cut.
  void drain();

  /// Accepts no more connections, and cuts those there are. Afterwards nothing of the server is left on the I/O
  /// threads, which may so end before the server itself.
  void stop();

  /// Connections open now, of all kinds.
  std::size_t connections() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bennu
