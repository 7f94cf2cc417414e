#include <bennu/transport/internal/websocket_session.hpp>

#include <cerrno>
#include <new>
#include <utility>

#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/deflate.hpp>

namespace bennu {

namespace {

ref<const frame> control_frame(websocket_opcode opcode, std::string_view payload) {
  char wire[max_server_header_size + max_control_payload_size];
  const auto n = write_frame_header(wire, opcode, true, false, payload.size());
  payload.copy(wire + n, payload.size());
  return frame::control({wire, n + payload.size()});
}

/// The number of further reads from a client that sends much, before it is answered.
constexpr int more_reads = 4;

}  // namespace

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
  guarded([&] {
    if ((events & EPOLLOUT) != 0) flush();
    notify_caught_up();
    if ((events & EPOLLRDHUP) != 0 && life_ == life::paused) {
      life_ = life::paused_hung_up;
      watch();
    }
    if (!has_ended() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
  });
}

/// If memory is refused, this connection ends, and nothing else.
template <class F>
void websocket_session::guarded(F&& step) {
  try {
    step();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    if (!has_ended()) close_without_memory();
  }
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

// -- what the client sends --------------------------------------------------------------------------------------------

void websocket_session::read() {
  const auto n = stream_.read(shard_.input);
  if (n > 0) return feed({shard_.input.data(), static_cast<std::size_t>(n)});
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  shard_.count_failure(stream_);
  end(exit_reason::kind::closed);
}

/// A client that sent several messages at once often continues to send. So the messages that have arrived by now are
/// answered in the same write. If there are none, or if the client has ended its side, the loop reports it later.
void websocket_session::read_more() {
  for (int n = 0; n < more_reads && burst_ == burst::several_messages && !has_ended() && !is_paused(); ++n) {
    const auto got = stream_.read(shard_.input);
    if (got <= 0) break;
    feed({shard_.input.data(), static_cast<std::size_t>(got)});
  }
  burst_ = burst::none;
}

void websocket_session::feed(std::span<char> input) {
  burst_ = burst::none;
  if (is_open()) last_input_ = shard_.loop.now();
  shard_.counts.add(metric::bytes_received, static_cast<std::int64_t>(input.size()));
  if (life_ >= life::closed) return;
  const auto result = parser_.feed(input, *this);
  if (result.status == feed_status::consumed) return;
  if (result.status == feed_status::failed) fail(result.error);
  ignore_input();
}

bool websocket_session::on_message(websocket_opcode opcode, std::span<char> payload, bool compressed) {
  if (!is_open() || handler_ == nullptr) return true;
  burst_ = burst_ == burst::none ? burst::one_message : burst::several_messages;
  const auto kind = static_cast<message_kind>(opcode);
  const std::string_view bytes{payload.data(), payload.size()};
  if (!compressed) {
    handler_->on_message(kind, bytes);
    return !has_ended();
  }
  bool too_big = false;
  const auto inflated = inflate_message(bytes, limits().max_message_bytes, too_big);
  if (!inflated) {
    fail(too_big ? websocket_error{close_code::too_big, "message too big"}
                 : websocket_error{close_code::invalid_payload, "not a compressed message"});
    return false;
  }
  if (opcode == websocket_opcode::text && !is_valid_utf8(*inflated)) {
    fail({close_code::invalid_payload, "text is not UTF-8"});
    return false;
  }
  handler_->on_message(kind, *inflated);
  return !has_ended();
}

bool websocket_session::on_ping(std::span<const char> payload) {
  send(control_frame(websocket_opcode::pong, {payload.data(), payload.size()}));
  return !has_ended();
}

bool websocket_session::on_pong(std::span<const char>) { return true; }

/// A client's close frame is answered with 1000, whatever its code, as by Phoenix's server (bandit,
/// lib/bandit/websocket).
void websocket_session::on_close(std::optional<close_code>, std::string_view) {
  if (is_open()) return begin_closing(close_payload(close_code::normal), exit_reason::kind::closed);
  if (outbox_.empty() && writing_ != writing::blocked) end(exit_reason::kind::closed);
}

void websocket_session::fail(const websocket_error& error) {
  if (is_open()) begin_closing(close_payload(error.code, error.reason), exit_reason::kind::rejected);
}

/// All further input of the client is dropped, so the received part of a message is freed.
void websocket_session::ignore_input() {
  parser_.clear();
  if (!has_ended()) life_ = life::closed;
}

// -- what the client gets ---------------------------------------------------------------------------------------------

std::size_t websocket_session::send(ref<const frame> message, const overflow& rule) {
  if (!is_open()) return 0;
  // The messages of one turn may exceed a limit, because they were not offered to the kernel yet.
  const auto result = outbox_.push(std::move(message), rule, [this] {
    if (writing_ == writing::ready) write_due();
  });
  defer();
  if (result.overflowed) close(rule.code, exit_reason::kind::overloaded);
  return result.dropped;
}

void websocket_session::queue(ref<const frame> message) {
  outbox_.push(std::move(message));
  defer();
}

void websocket_session::defer() {
  if (deferred_) return;
  deferred_ = true;  // until then end() leaves this alive
  shard_.loop.defer(*this);
}

void websocket_session::at_turn_end() {
  guarded([&] {
    if (why_) notify_closed(*why_);
    if (burst_ == burst::several_messages && stream_.tls() == nullptr) read_more();
    if (!has_ended() && writing_ != writing::blocked) flush();
  });
  deferred_ = false;
  if (has_ended()) return release();
  if (outbox_.empty()) return notify_caught_up();
  if (writing_ != writing::blocked) defer();  // sends the close frame that is left if memory was refused
}

/// Writes as many of the due bytes as the kernel accepts. @returns true if it accepted all
bool websocket_session::write_due() {
  while (!outbox_.empty() && writing_ != writing::failed) {
    const auto chunk = outbox_.next(shard_.output.data(), shard_.output.size());
    const auto n = stream_.write(chunk);
    if (n < 0 && errno != EAGAIN && errno != EINTR) writing_ = writing::failed;
    if (n > 0) {
      shard_.counts.add(metric::bytes_sent, n);
      shard_.counts.add(metric::messages_sent, static_cast<std::int64_t>(outbox_.advance(static_cast<std::size_t>(n))));
    }
    if (n < 0 || static_cast<std::size_t>(n) < chunk.size()) return false;
  }
  return outbox_.empty();
}

void websocket_session::flush() {
  const bool all = write_due() && stream_.flush();
  if (writing_ == writing::failed) return end(exit_reason::kind::closed);
  if (const auto now = all ? writing::ready : writing::blocked; std::exchange(writing_, now) != now) watch();
  // Bytes of the client are dropped until it ends the connection too (RFC 6455, 7.1.1). Closing with unread bytes would
  // reset the connection, and the client would lose the close frame.
  if (all && life_ == life::closed) stream_.end_writing();
}

void websocket_session::notify_caught_up() {
  if (is_open() && handler_ != nullptr && outbox_.has_caught_up()) handler_->on_caught_up();
}

/// Sets the events that the loop watches for. If the client is not read, only the end of its side is watched for, once.
void websocket_session::watch() {
  std::uint32_t events = 0;
  if (!is_paused()) events |= EPOLLIN;
  if (life_ == life::paused) events |= EPOLLRDHUP;
  if (writing_ == writing::blocked) events |= EPOLLOUT;
  shard_.loop.rewatch(stream_.fd(), events, *this);
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
