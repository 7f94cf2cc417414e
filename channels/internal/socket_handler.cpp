#include <bennu/channels/internal/socket_handler.hpp>

#include <utility>

namespace bennu {

socket_handler::socket_handler(caf::intrusive_ptr<socket_actor> socket, ref<socket_context> context)
    : socket_(std::move(socket)), context_(std::move(context)) {}

/// Reads a message above the rate without its payload, because it is refused in any case.
void socket_handler::on_message(message_kind kind, std::string_view bytes) {
  const auto& wire = context_->wire;
  const auto max_depth = context_->limits.max_json_depth;
  const bool is_too_soon = socket_->is_over_rate();
  message read;
  if (auto wrong =
          is_too_soon ? wire.decode_head(kind, bytes, max_depth, read) : wire.decode(kind, bytes, max_depth, read)) {
    return socket_->deliver(to_socket{malformed_message{std::move(wrong->why)}});
  }
  read.bytes = bytes.size();
  if (is_too_soon) {
    socket_->deliver(to_socket{throttled_message{std::move(read)}});
  } else {
    socket_->deliver(to_socket{client_message{std::move(read)}});
  }
}

void socket_handler::when_handled(std::function<void()> done) {
  socket_->deliver(to_socket{fence_message{std::move(done)}});
}

void socket_handler::on_caught_up() { socket_->deliver(to_socket{caught_up_message{}}); }

void socket_handler::on_closed(exit_reason::kind why) { socket_->deliver(to_socket{closed_message{why}}); }

}  // namespace bennu
