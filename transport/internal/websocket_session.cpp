#include <bennu/transport/internal/websocket_session.hpp>

#include <utility>

#include <bennu/transport/internal/control_frame.hpp>

namespace bennu {

ref<websocket_session> websocket_session::start(io_shard& shard, stream from_client, connection_count::permit permit,
                                                const bennu::limits& limits, bool deflate, std::string_view response) {
  auto self = ref<websocket_session>::adopt(
      new websocket_session(shard, std::move(from_client), std::move(permit), limits, deflate));
  self->retain();  // its own reference, given back in end()
  shard.sessions.push_back(*self);
  shard.loop.rewatch(self->stream_.fd(), EPOLLIN, *self);
  shard.idle(limits.idle_timeout).add(*self);
  self->queue(frame::control(response));
  return self;
}

websocket_session::websocket_session(io_shard& shard, stream from_client, connection_count::permit permit,
                                     const bennu::limits& limits, bool deflate)
    : connection(&shard.loop),
      parser_({limits.max_frame_bytes, limits.max_message_bytes, deflate}),
      last_input_(shard.loop.now()),
      permit_(std::move(permit)),
      shard_(shard),
      outbox_(limits, deflate),
      stream_(std::move(from_client)) {}

websocket_session::~websocket_session() = default;

void websocket_session::on_ready(std::uint32_t events) {
  const ref<websocket_session> alive{this};
  close_if_out_of_memory([&] {
    if ((events & EPOLLOUT) != 0) flush();
    notify_caught_up();
    if ((events & EPOLLRDHUP) != 0 && life_ == life::paused) {
      life_ = life::paused_hung_up;
      watch();
    }
    if (!has_ended() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
  });
}

/// First frees memory, so that there is some for the close frame.
void websocket_session::close_without_memory() {
  parser_.clear();  // the parser was interrupted within a message
  outbox_.drop_waiting();
  try {
    close(close_code::try_again_later, exit_reason::kind::overloaded);
  } catch (const std::bad_alloc&) {
    return end(exit_reason::kind::overloaded);
  }
  ignore_input();
}

// -- idleness ---------------------------------------------------------------------------------------------------------

event_loop::clock::time_point websocket_session::last_active() const noexcept {
  return life_ == life::paused ? shard_.loop.now() : last_input_;
}

/// Called when the client has sent nothing for too long, or has not closed in time.
void websocket_session::on_idle() {
  if (is_open()) return close(close_code::going_away, exit_reason::kind::inactive);
  shard_.counts.add(metric::connections_cut);
  end(exit_reason::kind::closed);
}

/// Tells the kernel for which events this waits. A client that is not read is watched for its end, once.
void websocket_session::watch() {
  std::uint32_t events = 0;
  if (!is_paused()) events |= EPOLLIN;
  if (life_ == life::paused) events |= EPOLLRDHUP;
  if (writing_ == writing::blocked) events |= EPOLLOUT;
  shard_.loop.rewatch(stream_.fd(), events, *this);
}

void websocket_session::await_sent() {
  if (!is_open()) return;
  outbox_.await_empty();
  defer();
}

void websocket_session::pause(bool wanted) {
  if (!is_open() || wanted == is_paused()) return;
  life_ = wanted ? life::paused : life::open;
  if (!wanted) last_input_ = shard_.loop.now();
  watch();
}

// -- the end ----------------------------------------------------------------------------------------------------------

void websocket_session::close(close_code code, exit_reason::kind why) {
  if (is_open()) begin_closing(close_payload(code), why);
}

bool websocket_session::drain() {
  if (!is_open()) return false;
  close(close_code::service_restart, exit_reason::kind::shutdown);
  return true;
}

/// From now on the client has `limits::close_timeout` to close too, or to end the connection.
void websocket_session::begin_closing(std::string_view payload, exit_reason::kind why) {
  queue(control_frame(websocket_opcode::close, payload));
  why_ = why;
  last_input_ = shard_.loop.now();
  idle_wheel::item::unlink();
  shard_.idle(limits().close_timeout).add(*this);
  const bool was_paused = is_paused();
  life_ = life::closing;
  if (was_paused) watch();  // the client's close frame is to be read
}

void websocket_session::notify_closed(exit_reason::kind why) {
  why_.reset();
  if (const auto handler = std::move(handler_)) handler->on_closed(why);
}

void websocket_session::end(exit_reason::kind why) {
  if (has_ended()) return;
  life_ = life::ended;
  shard_.loop.unwatch(stream_.fd(), *this);
  stream_.close();
  idle_wheel::item::unlink();
  shard_.sessions.erase(shard_.sessions.iterator_to(*this));
  // Frees memory now, because a socket may keep this object.
  parser_.clear();
  outbox_.clear();
  notify_closed(why_.value_or(why));
  permit_ = {};
  if (!deferred_) release();
}

}  // namespace bennu
