#include <bennu/transport/internal/long_poll_session.hpp>

#include <chrono>
#include <utility>

#include <bennu/runtime/caf.hpp>

#include <caf/send.hpp>

// The socket's messages: a poll waits for them, and is answered with as many as fit.
namespace bennu {

void long_poll_session::on_poll(const poll& message) {
  if (ended()) return;
  last_active_ = now();
  if (poll_) answer_poll(long_poll_status::no_content);
  poll_ = message.request;
  poll_deadline_ = last_active_ + context_.limits.long_poll_window;
  answer_due();
  schedule();
}

/// Answers the waiting poll, if there are messages, and if its rate allows it.
void long_poll_session::answer_due() {
  if (poll_ && !answering_ && !connection_->due().empty() && may_answer()) begin_answer();
  connection_->await_messages(poll_ && !answering_ && !delayed_until_);
}

bool long_poll_session::may_answer() {
  const auto time = now();
  const auto wait = answers_.try_take(time, answer_rate());
  if (wait == wait.zero()) {
    delayed_until_.reset();
    return true;
  }
  if (!delayed_until_) context_.counts.add(metric::polls_delayed);
  delayed_until_ = time + wait;
  schedule();
  return false;
}

void long_poll_session::begin_answer() {
  answering_ = true;
  last_active_ = now();
  const auto messages = connection_->due().begin_batch(context_.limits.max_poll_answer_bytes);
  const auto request = std::exchange(poll_, {});
  request->answer(long_poll_status::ok, messages, [self = caf::actor_cast<caf::actor>(this)](bool delivered) {
    caf::anon_send(self, answered{delivered});
  });
}

void long_poll_session::on_answered(const answered& message) {
  answering_ = false;
  // A client whose outbox has overflowed has lost its messages by now, and its session is about to end.
  auto& due = connection_->due();
  due.end_batch(message.delivered);
  if (ended()) return;
  if (due.has_caught_up()) handler_->on_caught_up();
  answer_due();
}

void long_poll_session::answer_poll(long_poll_status status) {
  last_active_ = now();
  delayed_until_.reset();
  std::exchange(poll_, {})->answer(status);
}

/// Allows a burst of one second: the official client polls again after each answer.
token_bucket::rate long_poll_session::answer_rate() const noexcept {
  return {context_.limits.max_poll_rate, std::chrono::seconds{1}, context_.limits.max_poll_rate};
}

}  // namespace bennu
