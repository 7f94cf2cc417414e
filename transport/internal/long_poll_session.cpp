#include <bennu/transport/internal/long_poll_session.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/send.hpp>

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

// -- the client's messages --------------------------------------------------------------------------------------------

namespace {

std::size_t bytes_of(const std::vector<posted_message>& messages) {
  std::size_t bytes = 0;
  for (const auto& m : messages) bytes += m.bytes.size();
  return bytes;
}

}  // namespace

void long_poll_session::on_publish(publish& message) {
  if (ended()) return;
  last_active_ = now();
  if (!has_room_for(message.messages)) {
    context_.counts.add(metric::posts_refused);
    return message.request->answer(long_poll_status::too_many_posts);
  }
  waiting_post_bytes_ += bytes_of(message.messages);
  posts_.push_back({++post_count_, std::move(message.request), last_active_ + context_.limits.long_poll_window,
                    std::move(message.messages)});
  deliver_posts();
  if (!ended()) schedule();
}

/// Checks the limits for waiting POSTs. If none waits, a POST may be as large as a request's body.
bool long_poll_session::has_room_for(const std::vector<posted_message>& messages) const {
  if (posts_.size() >= context_.limits.max_waiting_posts) return false;
  return waiting_post_bytes_ == 0 || waiting_post_bytes_ + bytes_of(messages) <= context_.limits.max_waiting_post_bytes;
}

/// Delivers posted messages to the socket, in order, unless it has paused the connection.
void long_poll_session::deliver_posts() {
  while (!ended()) {
    const auto next = std::find_if(posts_.begin(), posts_.end(), [](const post& p) { return !p.whole; });
    if (next == posts_.end()) return;
    if (next->delivered == next->messages.size()) {
      next->whole = true;
      handler_->when_handled([this, alive = caf::actor_cast<caf::actor>(this), id = next->id] { on_handled(id); });
    } else {
      if (connection_->is_paused()) return;
      deliver_next(*next);
    }
  }
}

/// Delivers the messages of a POST. May answer POSTs, so that `from` is destroyed afterwards.
void long_poll_session::deliver_next(post& from) {
  const auto message = std::move(from.messages[from.delivered++]);
  waiting_post_bytes_ -= message.bytes.size();
  handler_->on_message(message.kind, message.bytes);
}

void long_poll_session::on_handled(std::uint64_t id) {
  const auto found = std::find_if(posts_.begin(), posts_.end(), [id](const post& p) { return p.id == id; });
  if (found == posts_.end()) return;
  found->request->answer(long_poll_status::ok);
  posts_.erase(found);
}

void long_poll_session::drop_waiting(post& of) {
  for (; of.delivered < of.messages.size(); ++of.delivered) {
    waiting_post_bytes_ -= std::exchange(of.messages[of.delivered].bytes, {}).size();
  }
}

void long_poll_session::time_out_posts(time_point now) {
  while (!posts_.empty() && now >= posts_.front().deadline) {
    drop_waiting(posts_.front());
    posts_.front().request->answer(long_poll_status::timed_out);
    posts_.erase(posts_.begin());
  }
}

// -- the socket's messages --------------------------------------------------------------------------------------------

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
