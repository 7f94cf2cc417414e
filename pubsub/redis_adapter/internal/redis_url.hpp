#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/redis_adapter/redis_options.hpp>

namespace bennu {

/// The kind of connection to a Redis server.
enum class redis_carrier : std::uint8_t { tcp, tls, unix_socket };

/// One address of a Redis server.
struct redis_address {
  static constexpr std::uint16_t usual_port = 6379;

  std::string host;  ///< an IPv6 address has no brackets; for a Unix socket, its path
  std::uint16_t port = usual_port;
};

/// The Redis servers that a node may connect to, and the cluster whose nodes meet there:
///
///     redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/CLUSTER]      rediss://… over TLS
///     unix://[[USER]:PASSWORD@]/PATH[?cluster=CLUSTER]
struct redis_url {
  redis_carrier carrier = redis_carrier::tcp;
  std::string user;
  std::string password;
  std::vector<redis_address> addresses;  ///< at least one
  std::string cluster = "0";        ///< a part of the names of Redis's channels, which are not separated by databases
  redis_certificates certificates;  ///< for TLS; not a part of the text
};

/// Parses a URL. Characters of names and passwords with a meaning in URLs are written as %XX.
/// @throws std::invalid_argument with a description of the fault, without the password
redis_url parse_redis_url(std::string_view text);

/// HOST:PORT, or the path of a Unix socket, for the log.
std::string to_string(const redis_address& address, redis_carrier carrier);

}  // namespace bennu
