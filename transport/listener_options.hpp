#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <bennu/transport/tls_options.hpp>

namespace bennu {

/// The address that a server listens on, and its TLS options. A plain value.
struct listener_options {
  std::string host = "127.0.0.1";  ///< a name or an address; the server listens on all addresses that a name has
  std::uint16_t port = 0;          ///< 0 selects a free one
  /// A path to listen at in place of host and port, as a Unix socket that its owner and group may use. A socket
  /// without a listener is replaced.
  std::filesystem::path unix_socket = {};
  std::optional<tls_options> tls = std::nullopt;  ///< plain HTTP if empty
};

/// The address as a URL that a client can use, such as "http://127.0.0.1:4000"; "unix:/run/chat.sock" for a Unix
/// socket.
/// @param port the one that was bound
std::string url_of(const listener_options& where, std::uint16_t port);

}  // namespace bennu
