#include <bennu/transport/connection.hpp>

#include <utility>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

void connection::post(ref<const frame> message) {
  if (home_ == nullptr || home_->is_current()) {
    send(std::move(message));
  } else {
    home_->post([self = ref<connection>{this}, message = std::move(message)] { self->send(message); });
  }
}

}  // namespace bennu
