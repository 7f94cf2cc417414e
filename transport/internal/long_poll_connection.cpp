#include <bennu/transport/internal/long_poll_connection.hpp>

namespace bennu {

void long_poll_connection::send(ref<const frame> what) {
  if (closed_) return;
  bytes_ += what->payload().size();
  messages_.push_back(std::move(what));
  if (bytes_ > max_bytes_ || messages_.size() > max_messages_) {
    drop(messages_.size());  // a client that does not poll would never see them
    close(close_code::try_again_later, exit_reason::kind::overloaded);
  } else {
    notify();
  }
}

void long_poll_connection::close(close_code, exit_reason::kind why) {
  if (closed_) return;
  closed_ = why;
  notify();
}

void long_poll_connection::drop(std::size_t count) {
  for (const auto& message : messages().first(count)) bytes_ -= message->payload().size();
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(count));
  if (messages_.empty()) messages_.shrink_to_fit();
}

}  // namespace bennu
