#include <bennu/runtime/pinned_actor.hpp>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/logger.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

namespace bennu {

namespace {

/// Tells the sender of a request that it will get no answer.
void refuse_request(const caf::strong_actor_ptr& sender, caf::message_id request, const caf::error& why) {
  if (sender == nullptr) return;
  auto answer = why ? why : caf::make_error(caf::sec::request_receiver_down);
  sender->enqueue(nullptr, request.response_id(), caf::make_message(std::move(answer)), nullptr);
}

}  // namespace

// -- the mailbox ------------------------------------------------------------------------------------------------------

void pinned_actor::enqueue(caf::mailbox_element_ptr message, caf::execution_unit*) {
  const auto id = message->mid;
  const auto sender = id.is_request() ? message->sender : nullptr;
  switch (mailbox_.push(std::move(message))) {
    case mailbox::push_result::unblocked_reader:
      schedule();
      break;
    case mailbox::push_result::queue_closed:
      refuse_request(sender, id, monitorable_actor::fail_state());
      break;
    case mailbox::push_result::success:
      break;
  }
}

/// The thread that will run it holds a reference until then.
void pinned_actor::schedule() {
  intrusive_ptr_add_ref(ctrl());
  home_.exec_later(this);
}

void pinned_actor::launch(caf::execution_unit*, bool lazy, bool hide) {
  if (!hide) register_at_system();
  if (!lazy || !mailbox_.try_idle()) schedule();
}

caf::resumable::resume_result pinned_actor::resume(caf::execution_unit* host, std::size_t max_messages) {
  context(host);
  if (stage_ == stage::fresh) run(nullptr, [] {});
  while (max_messages > 0 && stage_ != stage::ended) {
    auto next = mailbox_.pop();
    if (next == nullptr) {
      if (mailbox_.try_idle()) return awaiting_message;
      continue;
    }
    auto* const message = next.get();
    run(message, [&] {
      hold_back(next);
      if (next != nullptr) dispatch(*next);
    });
    --max_messages;
  }
  if (stage_ == stage::ended) return done;
  return mailbox_.try_idle() ? awaiting_message : resume_later;
}

// -- callbacks --------------------------------------------------------------------------------------------------------

void pinned_actor::run_now(caf::mailbox_element& message) {
  struct level {
    level() noexcept { ++nesting; }
    ~level() { --nesting; }
  };
  const level deeper;
  context(&home_);
  run(&message, [&] { dispatch(message); });
}

loop_timer pinned_actor::after(event_loop::clock::duration delay, std::function<void()> callback) {
  return home_.loop().after(delay, [this, callback = std::move(callback)] { run_timed(callback); });
}

void pinned_actor::run_timed(const std::function<void()>& callback) {
  const caf::strong_actor_ptr alive{ctrl()};
  context(&home_);
  run(nullptr, callback);
}

/// Runs a callback, for a message or without one, and catches its exceptions.
template <class Callback>
void pinned_actor::run(caf::mailbox_element* message, const Callback& callback) {
  running_ = true;
  current_mailbox_element(message);
  try {
    if (stage_ == stage::fresh) start();
    if (stage_ == stage::alive) callback();
  } catch (...) {
    on_exception(std::current_exception());
    if (const auto* left = current_mailbox_element(); left != nullptr && left->mid.is_request()) {
      respond(caf::make_message(caf::make_error(caf::sec::runtime_error)));
    }
  }
  current_mailbox_element(nullptr);
  running_ = false;
  if (stage_ == stage::quitting) cleanup(std::move(fail_state_), &home_);
}

void pinned_actor::start() {
  stage_ = stage::alive;
  on_start();
}

void pinned_actor::dispatch(caf::mailbox_element& message) {
  if (message.mid.is_response()) return;
  if (on_message(message)) return;
  if (auto* exit = content_of<caf::exit_msg>(message)) {
    unlink_from(exit->source);
    on_exit_message(*exit);
  } else if (auto* down = content_of<caf::down_msg>(message)) {
    on_down_message(*down);
  } else if (!handle_system_message(message, context(), true)) {
    on_other_message(message);
  }
}

void pinned_actor::on_other_message(caf::mailbox_element& message) {
  if (message.mid.is_request()) respond(caf::make_message(caf::make_error(caf::sec::unexpected_message)));
}

void pinned_actor::on_exit_message(caf::exit_msg& message) {
  if (message.reason) quit(std::move(message.reason));
}

void pinned_actor::on_exception(const std::exception_ptr& thrown) {
  quit(to_caf(exit_reason::error(exception_text(thrown))));
}

void pinned_actor::respond(caf::message result) {
  auto promise = make_response_promise();
  if (promise.pending() && !(promise.async() && result.empty())) promise.deliver(std::move(result));
}

void pinned_actor::drop(caf::mailbox_element_ptr message) {
  if (current_mailbox_element() == message.get()) current_mailbox_element(nullptr);
  bounce(message);
}

void pinned_actor::drop(message_list& messages) {
  while (!messages.empty()) drop(messages.pop_front());
}

// -- the end ----------------------------------------------------------------------------------------------------------

void pinned_actor::quit(caf::error reason) {
  if (stage_ >= stage::quitting) return;
  stage_ = stage::quitting;
  fail_state_ = std::move(reason);
  if (!running_) cleanup(std::move(fail_state_), &home_);
}

/// Unlike CAF's own actors, this one has no timeouts at CAF's clock, so it cancels none there. To cancel some would
/// wake the clock's thread for each actor that ends.
bool pinned_actor::cleanup(caf::error&& reason, caf::execution_unit* host) {
  stage_ = stage::ended;
  if (!mailbox_.is_closed()) {
    message_list left;
    mailbox_.close(left);
    while (!left.empty()) {
      auto message = left.pop_front();
      bounce(message, reason);
    }
  }
  unregister_from_system();
  return monitorable_actor::cleanup(std::move(reason), host);  // NOLINT(bugprone-parent-virtual-call): see above
}

}  // namespace bennu
