#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// Where a Redis server is, and which cluster's nodes meet there:
///
///     redis://[[USER]:PASSWORD@]HOST[:PORT][/CLUSTER]      rediss://… over TLS
struct redis_url {
  static constexpr std::uint16_t usual_port = 6379;

  bool tls = false;
  std::string user;
  std::string password;
  std::string host;  ///< an IPv6 address is without its brackets
  std::uint16_t port = usual_port;
  std::string cluster = "0";  ///< a part of the names of Redis's channels, which know no databases
};

/// Signs in names and passwords that mean something in a URL are written as %XX.
/// @throws std::invalid_argument that says what is wrong, and does not repeat the password
redis_url parse_redis_url(std::string_view text);

/// HOST:PORT, for the log.
std::string address_of(const redis_url& url);

}  // namespace bennu
