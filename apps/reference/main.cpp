#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <limits>
#include <optional>

#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/presence.hpp>

#include "helpers.hpp"
#include "jwt_options.hpp"
#include "sockets.hpp"

/// A server that makes every behaviour of Bennu's channels reachable from a client, for the conformance tests and the
/// benchmarks.
int main(int argc, char** argv) {
  bennu::config config;
  config.limits.max_connections_per_address = std::numeric_limits<std::size_t>::max();
  // Every push is counted, and the rate is never reached.
  config.limits.max_socket_rate = config.limits.max_channel_rate = 1'000'000;
  config.limits.max_socket_burst = config.limits.max_channel_burst = 1'000'000;
  config.limits.max_replayed_messages = 500;
  // Tests of several nodes rely on these times, also on a machine with much other load.
  if (const char* ms = std::getenv("REFERENCE_NODE_INTEREST_TIMEOUT_MS")) {
    config.limits.node_interest_timeout = std::chrono::milliseconds{std::atoi(ms)};
  }
  reference::jwt_options jwt;
  config = bennu::config::from_args(argc, argv, config, jwt.as_program_options());
  std::optional<bennu::jwt_verifier> tokens;
  try {
    tokens = jwt.make_verifier(config.logger);
  } catch (const std::exception& error) {
    std::cerr << "--jwks: " << error.what() << '\n';
    return 2;
  }

  auto strict = config.limits;
  strict.max_frame_bytes = 4096;
  strict.idle_timeout = std::chrono::seconds{2};

  bennu::endpoint server{config};
  bennu::presence here{server};
  server.socket<reference::open_socket>(
      "/socket", {.long_poll = true, .event_stream = true, .check_origin = bennu::origin_check::any()}, server, here);
  server.socket<reference::strict_socket>(
      "/strict", {.check_origin = bennu::origin_check::list({"//allowed.test"}), .limits = strict}, server, here);
  server.socket<reference::jwt_socket>(
      "/jwt", {.long_poll = true, .event_stream = true, .check_origin = bennu::origin_check::any(), .auth_token = true},
      server, here, tokens);
  reference::register_stoppable(server);
  server.metrics("/metrics");
  server.client_module("/bennu.mjs");
  return server.run();
}
