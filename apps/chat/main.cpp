#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/presence.hpp>

#include "options.hpp"
#include "rooms.hpp"
#include "user_socket.hpp"

/// A chat: rooms, the people in them, and the page that shows them.
int main(int argc, char** argv) {
  const auto options = chat::options::from_args(argc, argv);
  chat::rooms rooms;
  bennu::endpoint server{options.server};
  bennu::presence here{server};
  server.socket<chat::user_socket>("/socket", {}, rooms, here);
  server.files("/", options.www);
  server.files("/phoenix", options.phoenix);
  server.client_module("/bennu.mjs");
  return server.run();
}
