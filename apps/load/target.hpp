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

/// The target of the load.
struct target {
  std::string url;   ///< as given on the command line
  bool tls = false;  ///< wss
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 0;
  std::string request;  ///< the path and query of the clients' requests
  endpoint where;       ///< the address of the host
  bool local = false;   ///< true if it is on this machine's loopback

  /// The value of the Host header.
  std::string authority() const;
};

/// Parses the URL of a Phoenix socket in the form of the JavaScript client, "ws://localhost:4000/socket", and adds the
/// same parts as that client: the transport's name and the protocol's version.
/// @param params more query parameters, "name=value" each, already encoded
/// @throws std::invalid_argument with a description of the fault
target parse_target(const std::string& url, const std::vector<std::string>& params);

/// Resolves the host. @throws std::runtime_error if it cannot be found
void resolve(target& host);

/// Parses a numeric address to send from. @throws std::invalid_argument if the text is not an address
endpoint parse_address(const std::string& text);

}  // namespace load
