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

/// How often a client that says much is read once more before it is answered.
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
      limits_(limits),
      shard_(shard),
      outbox_(deflate),
      stream_(std::move(from_client)) {}

websocket_session::~websocket_session() = default;

void websocket_session::on_ready(std::uint32_t events) {
  const ref<websocket_session> alive{this};
  guarded([&] {
    if ((events & EPOLLOUT) != 0) flush();
    tell_caught_up();
    if (is_open() && (events & EPOLLRDHUP) != 0 && paused_) {
      hung_up_ = true;
      watch();
    }
    if (is_open() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
  });
}

/// Where memory is refused, this connection ends, and nothing else.
template <class F>
void websocket_session::guarded(F&& what) {
  try {
    what();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    deaf_ = true;  // the parser was left in the middle of something
    outbox_.drop_waiting();
    close(close_code::try_again_later, exit_reason::kind::overloaded);
  }
}

event_loop::clock::time_point websocket_session::last_active() const noexcept {
  return paused_ && !hung_up_ ? shard_.loop.now() : last_input_;
}

void websocket_session::read() {
  const auto n = stream_.read(shard_.input);
  if (n > 0) return feed({shard_.input.data(), static_cast<std::size_t>(n)});
  if (n == 0 || (errno != EAGAIN && errno != EINTR)) end(exit_reason::kind::closed);
}

/// A client that said several things at once is often still at it: what it has said by now is answered in the same
/// write. Where nothing has come, or the client's end, the loop will tell.
void websocket_session::read_on() {
  for (int n = 0; n < more_reads && talkative_ && is_open() && !paused_; ++n) {
    const auto got = stream_.read(shard_.input);
    if (got <= 0) break;
    feed({shard_.input.data(), static_cast<std::size_t>(got)});
  }
  talkative_ = false;
}

void websocket_session::feed(std::span<char> input) {
  heard_ = talkative_ = false;
  last_input_ = shard_.loop.now();
  shard_.counts.add(metric::bytes_received, static_cast<std::int64_t>(input.size()));
  if (deaf_) return;
  const auto result = parser_.feed(input, *this);
  if (result.status == feed_status::consumed) return;
  deaf_ = true;
  if (result.status == feed_status::failed) fail(result.error);
}

bool websocket_session::on_message(websocket_opcode opcode, std::span<char> payload, bool compressed) {
  if (closing_ || handler_ == nullptr) return true;
  talkative_ = heard_;
  heard_ = true;
  const auto kind = static_cast<message_kind>(opcode);
  const std::string_view bytes{payload.data(), payload.size()};
  if (!compressed) {
    handler_->on_message(kind, bytes);
    return is_open();
  }
  bool too_big = false;
  const auto inflated = inflate_message(bytes, limits_.max_message_bytes, too_big);
  if (!inflated) {
    deaf_ = true;
    fail(too_big ? websocket_error{close_code::too_big, "message too big"}
                 : websocket_error{close_code::invalid_payload, "not a compressed message"});
    return false;
  }
  if (opcode == websocket_opcode::text && !is_valid_utf8(*inflated)) {
    deaf_ = true;
    fail({close_code::invalid_payload, "text is not UTF-8"});
    return false;
  }
  handler_->on_message(kind, *inflated);
  return is_open();
}

bool websocket_session::on_ping(std::span<const char> payload) {
  send(control_frame(websocket_opcode::pong, {payload.data(), payload.size()}));
  return is_open();
}

bool websocket_session::on_pong(std::span<const char>) { return true; }

/// Whatever code a client closes with, it is answered with 1000, as by Phoenix's server (bandit, lib/bandit/websocket).
void websocket_session::on_close(std::optional<close_code>, std::string_view) {
  if (closing_) return end(exit_reason::kind::closed);
  begin_closing(close_payload(close_code::normal), exit_reason::kind::closed);
}

void websocket_session::send(ref<const frame> what) {
  if (closing_ || !is_open()) return;
  queue(std::move(what));
  if (outbox_.is_full(limits_)) send_away_if_full(close_code::try_again_later);
}

std::size_t websocket_session::send(ref<const frame> what, const overflow& at_limit) {
  if (closing_ || !is_open()) return 0;
  // What comes in one turn may be more than the limit: the kernel has not been asked yet whether it takes it.
  if (!outbox_.has_room_for(*what, limits_) && !watching_writes_) write_due();
  const auto dropped = outbox_.push(std::move(what), at_limit, limits_);
  defer();
  if (dropped > 0) shed_ = true;
  if (outbox_.is_full(limits_)) send_away_if_full(at_limit.code);
  return dropped;
}

void websocket_session::send_away_if_full(close_code code) {
  if (!watching_writes_) write_due();
  if (!outbox_.is_full(limits_)) return;
  outbox_.drop_waiting();  // a client that does not read would never see it
  close(code, exit_reason::kind::overloaded);
}

void websocket_session::pause(bool wanted) {
  if (paused_ == wanted || closing_ || !is_open()) return;
  paused_ = wanted;
  hung_up_ = false;
  if (!wanted) last_input_ = shard_.loop.now();
  watch();
}

void websocket_session::close(close_code code, exit_reason::kind why) {
  if (!closing_ && is_open()) begin_closing(close_payload(code), why);
}

bool websocket_session::drain() {
  if (closing_) return false;
  close(close_code::service_restart, exit_reason::kind::shutdown);
  return true;
}

void websocket_session::fail(const websocket_error& error) {
  if (!closing_) begin_closing(close_payload(error.code, error.reason), exit_reason::kind::rejected);
}

void websocket_session::begin_closing(std::string_view payload, exit_reason::kind why) {
  queue(control_frame(websocket_opcode::close, payload));
  closing_ = true;
  why_ = why;
  if (paused_) {  // the client's close frame is to be read
    paused_ = false;
    watch();
  }
  shard_.loop.run_after(limits_.close_timeout, [self = ref<websocket_session>{this}] { self->end_late(); });
}

void websocket_session::queue(ref<const frame> what) {
  outbox_.push(std::move(what));
  defer();
}

void websocket_session::defer() {
  if (deferred_) return;
  deferred_ = true;  // until then end() leaves this alive
  shard_.loop.defer(*this);
}

void websocket_session::at_turn_end() {
  guarded([&] {
    if (why_) tell_handler(*why_);
    if (talkative_ && stream_.tls() == nullptr) read_on();
    if (is_open() && !watching_writes_) flush();
  });
  deferred_ = false;
  if (!is_open()) return release();
  if (outbox_.empty()) return tell_caught_up();
  if (!watching_writes_) defer();  // the close frame, where memory was refused
}

/// Writes what the kernel takes of what is due. @returns whether that was all
bool websocket_session::write_due() {
  while (!outbox_.empty() && !failed_) {
    const auto chunk = outbox_.next(shard_.output.data(), shard_.output.size());
    const auto n = stream_.write(chunk);
    if (n < 0 && errno != EAGAIN && errno != EINTR) failed_ = true;
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
  if (failed_) return end(exit_reason::kind::closed);
  if (watching_writes_ == all) {
    watching_writes_ = !all;
    watch();
  }
  if (!all || !closing_) return;
  // What the client still sends is dropped until it ends the connection too (RFC 6455, 7.1.1): closing with bytes
  // unread would reset the connection, and the close frame with it.
  if (deaf_) stream_.end_writing();
}

/// Tells the kernel what this waits for. A client that is not read is watched for its end, once.
void websocket_session::watch() {
  std::uint32_t events = 0;
  if (!paused_) events |= EPOLLIN;
  if (paused_ && !hung_up_) events |= EPOLLRDHUP;
  if (watching_writes_) events |= EPOLLOUT;
  shard_.loop.rewatch(stream_.fd(), events, *this);
}

void websocket_session::tell_caught_up() {
  if (!shed_ || !outbox_.empty() || handler_ == nullptr || closing_) return;
  shed_ = false;
  handler_->on_caught_up();
}

void websocket_session::tell_handler(exit_reason::kind why) {
  why_.reset();
  if (const auto handler = std::move(handler_)) handler->on_closed(why);
}

/// The client had the time to close too, and did not.
void websocket_session::end_late() {
  if (!is_open()) return;
  shard_.counts.add(metric::connections_cut);
  end(exit_reason::kind::closed);
}

void websocket_session::end(exit_reason::kind why) {
  if (!is_open()) return;
  shard_.loop.unwatch(stream_.fd(), *this);
  stream_.close();
  idle_wheel::item::unlink();
  shard_.sessions.erase(shard_.sessions.iterator_to(*this));
  outbox_.clear();
  closing_ = true;
  tell_handler(why_.value_or(why));
  permit_ = {};
  if (!deferred_) release();
}

}  // namespace bennu
