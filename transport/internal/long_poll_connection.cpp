#include <bennu/transport/internal/long_poll_connection.hpp>

namespace bennu {

std::size_t long_poll_connection::send(ref<const frame> message, const overflow& rule) {
  if (life_ == life::closed) return 0;
  const auto result = outbox_.push(std::move(message), rule, [] {});
  if (result.overflowed) {
    close(rule.code, exit_reason::kind::overloaded);
  } else if (awaited_) {
    notify();
  }
  return result.dropped;
}

void long_poll_connection::pause(bool wanted) {
  if (life_ == life::closed || wanted == is_paused()) return;
  life_ = wanted ? life::paused : life::open;
  if (!wanted) notify();
}

void long_poll_connection::close(close_code, exit_reason::kind why) {
  if (life_ == life::closed) return;
  life_ = life::closed;
  why_ = why;
  notify();
}

}  // namespace bennu
