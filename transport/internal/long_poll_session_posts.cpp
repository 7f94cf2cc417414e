#include <bennu/transport/internal/long_poll_session.hpp>

#include <algorithm>
#include <utility>

#include <bennu/runtime/caf.hpp>

// The client's messages: POSTs wait until the socket has handled what they brought.
namespace bennu {

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

}  // namespace bennu
