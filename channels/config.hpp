#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/transport/listener_options.hpp>
#include <bennu/transport/response_headers.hpp>
#include <bennu/transport/tls_options.hpp>

namespace caf {
class actor_system_config;
}

namespace bennu {

class adapter;
class config_source;

/// An option of the program: `--www DIR` on the command line, `BENNU_WWW` in the environment.
struct program_option {
  std::string name;   ///< "--www"
  std::string value;  ///< the word for its value in `--help`: "DIR"
  std::string help;   ///< one line, without a full stop
  /// Called with each given value, in order. If it throws a `std::invalid_argument`, the text is printed on standard
  /// error, and the process exits with 2.
  std::function<void(std::string_view)> take;
};

/// The configuration of an endpoint.
struct config {
  std::string host = "127.0.0.1";  ///< a name or an address to listen on; "0.0.0.0" for all of IPv4, "::" for all
  std::uint16_t port = 4000;       ///< 0 selects a free one
  std::size_t threads = 0;         ///< I/O threads; 0 selects one for each core that this process may use
  std::optional<tls_options> tls = std::nullopt;  ///< plain HTTP if empty
  cluster_options cluster;                        ///< the connections to other nodes; without a name the node is alone
  /// A second listener, for operators and other programs; none if empty. It answers `/health/live`, `/health/ready`,
  /// `/health/started` and `/metrics`. See `endpoint::admin`.
  std::optional<listener_options> admin = std::nullopt;
  bool admin_plain = false;  ///< `from_args` accepts a second listener without TLS on an address that is not loopback
  /// A file with the keys of the HTTP API, which the second listener then serves too; none if empty. A line has a key's
  /// name, its secret and its scopes: `shop 6dGfXq0ZC2Jz9nP1 publish,read`. See docs/reference/api.md.
  std::filesystem::path admin_keys = {};
  std::string health_path = {};  ///< serves the health calls below this path on the first listener too; none if empty
  /// Header fields that every HTTP answer gets unless it has such a field itself. Those of WebSocket handshakes do not.
  http_headers response_headers = default_response_headers();
  /// The pages that may connect to sockets with the default `check_origin`; entries as in `origin_check::list`. If
  /// empty, the pages that this server served.
  std::vector<std::string> origins = {};
  /// Creates an adapter of your own, which is used instead of `cluster`. Called once, by the endpoint's constructor.
  std::function<std::unique_ptr<adapter>()> make_adapter = nullptr;
  /// Called with CAF's configuration before the actor system is created, to add message types for actors of other
  /// nodes.
  std::function<void(caf::actor_system_config&)> configure_caf = nullptr;
  bennu::limits limits;
  bennu::logger logger{log_level::info};
  /// The options, arguments and defaults that `from_args` read, so that the endpoint can read them again; null for a
  /// configuration that a program made itself.
  std::shared_ptr<config_source> source = nullptr;

  /// Reads the options of a server and those of the program. Each option gets its value from the last of these sources
  /// that has it: `defaults`, a TOML file (`cluster_port = 4370`) that `--config FILE` names, the environment
  /// (`BENNU_CLUSTER_PORT`), the command line (`--cluster-port`). A list replaces an earlier one as a whole. `--help`
  /// lists all of them; among them is one for each member of `limits`.
  ///
  /// `--help` prints the usage and exits with 0. So does `print-config` as the first argument, which
  /// prints the values in effect, each with its source and secrets as `***`, and `check-config`, which only checks. An
  /// option that is unknown or has a wrong value is reported in one line on standard error, and ends the process
  /// with 2.
  ///
  /// On SIGHUP the endpoint reads the file again, and applies the options that may change while a server runs; see
  /// `endpoint::run`. This function blocks the signal, so that one that arrives earlier waits for `run`.
  static config from_args(int argc, char** argv, config defaults, const std::vector<program_option>& own = {});
  static config from_args(int argc, char** argv);
};

}  // namespace bennu
