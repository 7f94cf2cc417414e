#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace load {

/// A numeric address and port.
struct endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

/// Where the load goes.
struct target {
  std::string url;   ///< as it was given
  bool tls = false;  ///< wss
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 0;
  std::string request;  ///< the path and query that the clients ask for
  endpoint where;       ///< what the name stands for
  bool local = false;   ///< on this machine's loopback

  /// As it stands in a Host header.
  std::string authority() const;
};

/// Reads the URL of a Phoenix socket as the JavaScript client takes it, "ws://localhost:4000/socket", and adds what
/// that adds: the transport's name and the protocol's version.
/// @param params more query parameters, "name=value" each, as they go into the URL
/// @throws std::invalid_argument that says what is wrong with it
target parse_target(const std::string& url, const std::vector<std::string>& params);

/// Looks the host up. @throws std::runtime_error where it cannot be found
void resolve(target& what);

/// A numeric address to send from. @throws std::invalid_argument where it is none
endpoint parse_address(const std::string& text);

}  // namespace load
