#pragma once

#include <functional>
#include <string_view>

#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/transport/connection.hpp>

#include <caf/intrusive_ptr.hpp>

namespace bennu {

/// The transport's view of a socket: turns the client's frames into messages to the socket's actor.
class socket_handler final : public connection_handler {
public:
  socket_handler(caf::intrusive_ptr<socket_actor> socket, ref<socket_context> context);

  void on_message(message_kind kind, std::string_view bytes) override;
  void when_handled(std::function<void()> done) override;
  void on_caught_up() override;
  void on_closed(exit_reason::kind why) override;

private:
  caf::intrusive_ptr<socket_actor> socket_;
  ref<socket_context> context_;
};

}  // namespace bennu
