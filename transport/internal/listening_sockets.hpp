#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <bennu/runtime/unique_fd.hpp>

#include <sys/socket.h>

namespace bennu {

/// Sockets that listen at one port of all addresses that a name has.
struct listening_sockets {
  std::vector<unique_fd> sockets;
  std::uint16_t port = 0;
};

/// Binds and listens. An address that this machine does not have, such as one of IPv6 if IPv6 is switched off, is left
/// out if there is another one.
/// @param host a name or a numeric address, IPv4 or IPv6
/// @param port 0 selects a free one, the same for all addresses
/// @throws std::runtime_error with the reason, such as that the port is in use
listening_sockets listen_on(const std::string& host, std::uint16_t port);

/// Binds a Unix socket that its owner and group may use, and listens. A socket without a listener is replaced.
/// @throws std::runtime_error with the reason, such as that another server listens there
unique_fd listen_at(const std::filesystem::path& path);

/// The numeric address and the port in a socket address; "unix" and 0 for a Unix socket's.
std::pair<std::string, std::uint16_t> numeric_address(const sockaddr_storage& address, socklen_t size);

}  // namespace bennu
