// The least server: one channel, one socket, an endpoint that starts on a free port and stops.
#include <iostream>
#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/user_socket.hpp>

struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) { on.in("new_msg", &room_channel::new_msg); }

  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }

private:
  bennu::in_result new_msg(const message& said) {
    if (said.body.empty()) return bennu::reply(bennu::error, {{"reason", "empty"}});
    broadcast("new_msg", said);
    return bennu::noreply;
  }
};

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
  const auto port = server.start();
  std::cout << "listening on port " << port << '\n';
  server.stop();
  return port == 0 ? 1 : 0;
}
