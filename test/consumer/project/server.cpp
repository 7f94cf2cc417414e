// The smallest server: one channel, one socket, and an endpoint that starts on a free port and stops.
#include <iostream>

#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/user_socket.hpp>

#include "room_channel.hpp"

class user_socket final : public bennu::user_socket {
public:
  user_socket() { channel<room_channel>("room:*"); }

  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

int main() {
  bennu::config wanted;
  wanted.port = 0;
  bennu::endpoint server{wanted};
  server.socket<user_socket>("/socket");
  server.client_module("/bennu.mjs");
  const auto port = server.start();
  std::cout << "listening on port " << port << '\n';
  server.stop();
  return port == 0 ? 1 : 0;
}
