#include <bennu/transport/internal/long_poll_connection.hpp>

namespace bennu {

void long_poll_connection::send(ref<const frame> what) {
  if (closed_) return;
  outbox_.push(std::move(what));
  close_if_full(close_code::try_again_later);
}

std::size_t long_poll_connection::send(ref<const frame> what, const overflow& at_limit) {
  if (closed_) return 0;
  const auto dropped = outbox_.push(std::move(what), at_limit, limits_);
  if (dropped > 0) shed_ = true;
  close_if_full(at_limit.code);
  return dropped;
}

void long_poll_connection::close_if_full(close_code code) {
  if (!outbox_.is_full(limits_)) return notify();
  outbox_.drop_waiting();  // a client that does not poll would never see it
  close(code, exit_reason::kind::overloaded);
}

void long_poll_connection::close(close_code, exit_reason::kind why) {
  if (closed_) return;
  closed_ = why;
  notify();
}

void long_poll_connection::pause(bool wanted) {
  if (std::exchange(paused_, wanted) && !wanted) notify();
}

std::vector<ref<const frame>> long_poll_connection::messages() const {
  std::vector<ref<const frame>> all;
  all.reserve(outbox_.messages());
  for (std::size_t i = 0; i < outbox_.messages(); ++i) all.push_back(outbox_.at(i));
  return all;
}

}  // namespace bennu
