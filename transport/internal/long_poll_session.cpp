#include <bennu/transport/internal/long_poll_session.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

namespace bennu {

long_poll_session::long_poll_session(caf::actor_config& config, context surroundings, ref<long_poll_connection> to,
                                     std::unique_ptr<connection_handler> handler, std::function<void()> on_end)
    : pinned_actor(config),
      context_(std::move(surroundings)),
      connection_(std::move(to)),
      handler_(std::move(handler)),
      on_end_(std::move(on_end)),
      last_active_(now()) {}

void long_poll_session::on_exception(const std::exception_ptr& thrown) {
  context_.log.error("a long-poll session failed: " + exception_text(thrown));
  pinned_actor::on_exception(thrown);
}

void long_poll_session::on_start() {
  connection_->set_listener([this] {
    if (!std::exchange(changed_, true)) deliver_later(changed{});
  });
  schedule();
  on_changed();  // the socket may have used the connection before it had a listener
}

bool long_poll_session::on_message(caf::mailbox_element& element) {
  if (auto* asked = content_of<poll>(element)) {
    on_poll(*asked);
  } else if (auto* brought = content_of<publish>(element)) {
    on_publish(*brought);
  } else if (auto* done = content_of<answered>(element)) {
    on_answered(*done);
  } else if (auto* over = content_of<end>(element)) {
    stop(over->why);
  } else if (content_of<changed>(element) != nullptr) {
    on_changed();
  } else {
    return false;
  }
  return true;
}

bool long_poll_session::cleanup(caf::error&& reason, caf::execution_unit* host) {
  finish(to_exit_reason(reason).code());
  timer_.cancel();
  return pinned_actor::cleanup(std::move(reason), host);
}

void long_poll_session::on_changed() {
  changed_ = false;
  if (!ended()) deliver_posts();
  if (!ended()) answer_due();
}

// -- time -------------------------------------------------------------------------------------------------------------

long_poll_session::time_point long_poll_session::now() const { return home().loop().now(); }

void long_poll_session::on_tick() {
  if (ended()) return;
  const auto time = now();
  if (poll_ && time >= poll_deadline_) answer_poll(long_poll_status::no_content);
  if (delayed_until_ && time >= *delayed_until_) answer_due();
  time_out_posts(time);
  if (time >= last_active_ + longest_absence()) return stop(exit_reason::kind::inactive);
  schedule();
}

/// Makes sure that a tick comes at the next deadline. An earlier tick that is already scheduled schedules the next one.
void long_poll_session::schedule() {
  auto next = last_active_ + longest_absence();
  if (poll_) next = std::min<time_point>(next, poll_deadline_);
  if (delayed_until_) next = std::min(next, *delayed_until_);
  if (!posts_.empty()) next = std::min<time_point>(next, posts_.front().deadline);
  if (timer_.is_pending() && next_tick_ <= next) return;
  next_tick_ = next;
  timer_ = after(next - now(), [this] { on_tick(); });
}

// -- the end ----------------------------------------------------------------------------------------------------------

/// Ends the session if the socket has closed its connection. @returns true if the session is over
bool long_poll_session::ended() {
  if (handler_ == nullptr) return true;
  if (!connection_->closed()) return false;
  stop(*connection_->closed());
  return true;
}

void long_poll_session::stop(exit_reason::kind why) {
  finish(why);
  quit(to_caf(exit_reason{why}));
}

void long_poll_session::finish(exit_reason::kind why) noexcept {
  auto handler = std::exchange(handler_, nullptr);
  if (handler == nullptr) return;
  connection_->set_listener({});
  connection_->close(close_code::going_away, why);
  try {
    handler->on_closed(why);
  } catch (...) {
    context_.log.error("a socket failed as its connection closed: " + exception_text());
  }
  handler.reset();
  // Calls `on_end` before the answers, so that the client's next request does not find this session.
  const auto on_end = std::exchange(on_end_, {});
  on_end();
  if (poll_ && !answering_ && !connection_->due().empty()) begin_answer();
  connection_->due().clear();
  poll_ = nullptr;
  for (const auto& p : std::exchange(posts_, {})) {
    // A message that has disconnected its own socket was handled, like those before it.
    const bool handled = why == exit_reason::kind::disconnected && p.delivered == p.messages.size();
    p.request->answer(handled ? long_poll_status::ok : long_poll_status::timed_out);
  }
}

}  // namespace bennu
