#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/caf_adapter/cluster_options.hpp>
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

/// An option of a program's own on its command line: `--www DIR`.
struct program_option {
  std::string name;   ///< "--www"
  std::string value;  ///< what `--help` calls its value: "DIR"
  std::string help;   ///< one line, without an end
  /// Called with each value that is given. What it throws as `std::invalid_argument` is said on standard error.
  std::function<void(std::string_view)> take;
};

/// How an endpoint is set up.
struct config {
  std::string host = "127.0.0.1";  ///< a name or an address to listen on; "0.0.0.0" for all of IPv4, "::" for all
  std::uint16_t port = 4000;       ///< 0: a free one
  std::size_t threads = 0;         ///< I/O threads; 0: as many as this process may use cores
  std::optional<tls_options> tls = std::nullopt;  ///< nothing: plain HTTP
  cluster_options cluster;                        ///< how it joins other nodes; without a name it is alone
  /// A second listener, for operators and other programs; nothing: there is none. See `endpoint::admin`.
  std::optional<listener_options> admin = std::nullopt;
  /// Header fields that every HTTP answer gets unless it has such a field itself. Those of WebSocket handshakes do not.
  http_headers response_headers = default_response_headers();
  /// Makes a way of your own to other nodes, in place of what `cluster` says. Called once, by the endpoint's
  /// constructor.
  std::function<std::unique_ptr<adapter>()> make_adapter = nullptr;
  /// Called with CAF's configuration before its system is made, to add the types of messages that go to actors of other
  /// nodes.
  std::function<void(caf::actor_system_config&)> configure_caf = nullptr;
  bennu::limits limits;
  bennu::logger logger{log_level::info};

  /// Reads `--host`, `--port`, `--threads`, `--cert`, `--key`, `--log-level`, `--help` and those options that make a
  /// node of a cluster (see `--help`), over what `defaults` has; and besides, those of the program's own.
  ///
  /// `--help` prints how the program is used and exits with 0; what cannot be read is said in one line on standard
  /// error, and exits with 2.
  static config from_args(int argc, char** argv, config defaults, const std::vector<program_option>& own = {});
  static config from_args(int argc, char** argv);
};

}  // namespace bennu
