#pragma once

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <bennu/runtime/tls/tls_stream.hpp>
#include <bennu/transport/internal/tls_context.hpp>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls_client.hpp"

namespace bennu::testing {

inline const tls_options plain_server{certificate("server.pem"), certificate("server_key.pem")};

inline tls_options asking(bool required) {
  auto options = plain_server;
  options.client_ca = certificate("ca.pem");
  options.require_client_certificate = required;
  return options;
}

/// A server's stream and a client on the two ends of a connection.
class tls_connection {
public:
  explicit tls_connection(tls_context& context, const tls_client::setup& change = {})
      : stream(context.accept()), client(connect(), change) {}

  /// Both sides take turns until neither makes progress.
  void shake() {
    for (int i = 0; i < 10; ++i) {
      client.shake();
      heard += read();
    }
  }

  /// The bytes of one read of the server.
  std::string read() {
    last = stream->read(server.get(), room_);
    return last > 0 ? std::string{room_.data(), static_cast<std::size_t>(last)} : std::string{};
  }

  ssize_t write(std::string_view text) { return stream->write(server.get(), text); }

  unique_fd server;
  std::unique_ptr<tls_stream> stream;
  tls_client client;
  std::string heard;  ///< bytes that the server received during the handshake
  ssize_t last = 0;   ///< result of the last read

private:
  unique_fd connect() {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    server = unique_fd{fds[0]};
    return unique_fd{fds[1]};
  }

  std::array<char, 64 * 1024> room_;
};

inline tls_client::setup speaks(int version) {
  return [version](SSL_CTX* context) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  };
}

inline tls_client::setup offers(std::string_view protocols) {
  return [protocols](SSL_CTX* context) {
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
  };
}

}  // namespace bennu::testing
