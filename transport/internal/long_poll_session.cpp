#include <bennu/transport/internal/long_poll_session.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/send.hpp>

namespace bennu {

long_poll_session::long_poll_session(caf::actor_config& config, std::chrono::milliseconds window, logger log,
                                     ref<long_poll_connection> to, std::unique_ptr<connection_handler> handler,
                                     std::function<void()> on_end)
    : pinned_actor(config),
      window_(window),
      patience_(window * 3 / 2),
      log_(std::move(log)),
      connection_(std::move(to)),
      handler_(std::move(handler)),
      on_end_(std::move(on_end)),
      last_active_(now()) {
  set_exception_handler([this](std::exception_ptr& failure) {
    const auto text = exception_text(failure);
    log_.error("a long-poll session failed: " + text);
    return to_caf(exit_reason::error(text));
  });
}

caf::behavior long_poll_session::make_behavior() {
  connection_->set_listener([this] {
    // Not `send`: that is for when this actor runs, and here it may not.
    if (!std::exchange(changed_, true)) caf::anon_send(caf::actor_cast<caf::actor>(this), changed{});
  });
  schedule();
  on_changed();  // the socket may have used the connection before it had a listener
  return {
      [this](const poll& what) { on_poll(what); },           [this](const publish& what) { on_publish(what); },
      [this](const end& what) { stop(what.why); },           [this](const changed&) { on_changed(); },
      [this](const delivered& what) { on_delivered(what); }, [this](const tick&) { on_tick(); },
  };
}

bool long_poll_session::cleanup(caf::error&& reason, caf::execution_unit* host) {
  finish(to_exit_reason(reason).what());
  return pinned_actor::cleanup(std::move(reason), host);
}

void long_poll_session::on_poll(const poll& what) {
  if (ended()) return;
  last_active_ = now();
  if (poll_) answer_poll(long_poll_status::no_content);
  poll_ = what.request;
  poll_deadline_ = last_active_ + window_;
  deliver_due();
  schedule();
}

void long_poll_session::on_publish(const publish& what) {
  if (ended()) return;
  last_active_ = now();
  const auto id = ++publish_count_;
  publishing_.push_back({id, what.request, last_active_ + window_, what.messages});
  hand_over();
  if (!ended()) schedule();
}

/// Gives the socket what was published, in order, unless it has enough for now.
void long_poll_session::hand_over() {
  for (;;) {
    const auto next = std::find_if(publishing_.begin(), publishing_.end(), [](const auto& p) { return !p.whole; });
    if (next == publishing_.end()) return;
    if (next->handed == next->messages.size()) {
      next->whole = true;
      handler_->when_handled([this, alive = caf::actor_cast<caf::actor>(this), id = next->id] { on_handled(id); });
      continue;
    }
    if (connection_->paused()) return;
    const auto message = std::move(next->messages[next->handed++]);
    handler_->on_message(message.kind, message.bytes);  // may answer posts, so that `next` is none any more
    if (ended()) return;
  }
}

void long_poll_session::on_handled(std::uint64_t id) {
  const auto found = std::find_if(publishing_.begin(), publishing_.end(), [id](const auto& p) { return p.id == id; });
  if (found == publishing_.end()) return;
  found->request->answer(long_poll_status::ok);
  publishing_.erase(found);
}

void long_poll_session::on_changed() {
  changed_ = false;
  if (!ended()) hand_over();
  if (!ended()) deliver_due();
}

void long_poll_session::on_delivered(const delivered& what) {
  delivering_ = false;
  // A client that let too much pile up has lost it all by now, and its session is about to end.
  connection_->hold(0);
  if (what.taken) connection_->drop(std::min(what.count, connection_->count()));
  if (ended()) return;
  if (connection_->count() == 0 && connection_->has_shed()) handler_->on_caught_up();
  deliver_due();
}

void long_poll_session::on_tick() {
  if (ended()) return;
  const auto time = now();
  if (next_tick_ && time >= *next_tick_) next_tick_.reset();
  if (poll_ && time >= poll_deadline_) answer_poll(long_poll_status::no_content);
  while (!publishing_.empty() && time >= publishing_.front().deadline) {
    publishing_.front().request->answer(long_poll_status::timed_out);
    publishing_.erase(publishing_.begin());
  }
  if (time >= last_active_ + patience_) return stop(exit_reason::kind::inactive);
  schedule();
}

void long_poll_session::deliver_due() {
  const auto due = connection_->messages();
  if (!poll_ || delivering_ || due.empty()) return;
  delivering_ = true;
  connection_->hold(due.size());
  last_active_ = now();
  const auto request = std::exchange(poll_, {});
  request->answer(long_poll_status::ok, due, [self = caf::actor_cast<caf::actor>(this), n = due.size()](bool taken) {
    caf::anon_send(self, delivered{n, taken});
  });
}

void long_poll_session::answer_poll(long_poll_status status) {
  last_active_ = now();
  std::exchange(poll_, {})->answer(status);
}

long_poll_session::time_point long_poll_session::now() const { return clock().now(); }

/// Sees to it that a tick comes at the next deadline. One that is on its way and comes earlier will do: it asks again.
void long_poll_session::schedule() {
  auto next = last_active_ + patience_;
  if (poll_) next = std::min<time_point>(next, poll_deadline_);
  if (!publishing_.empty()) next = std::min<time_point>(next, publishing_.front().deadline);
  if (next_tick_ && *next_tick_ <= next) return;
  next_tick_ = next;
  delayed_send(this, next - now(), tick{});
}

/// Whether the session is over; ends it where the socket has closed its connection.
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
    log_.error("a socket failed as its connection closed: " + exception_text());
  }
  handler.reset();
  // Before anything is answered, so that the client's next request does not find this session.
  std::exchange(on_end_, {})();
  if (!delivering_) deliver_due();
  connection_->drop(connection_->count());
  poll_ = nullptr;
  for (const auto& p : std::exchange(publishing_, {})) p.request->answer(long_poll_status::timed_out);
}

}  // namespace bennu
