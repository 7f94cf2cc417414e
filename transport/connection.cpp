#include <bennu/transport/connection.hpp>

#include <utility>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

void connection::post(ref<const frame> what) {
  if (home_ == nullptr || home_->is_current()) {
    send(std::move(what));
  } else {
    home_->post([self = ref<connection>{this}, what = std::move(what)] { self->send(what); });
  }
}

}  // namespace bennu
