#include <cerrno>
#include <utility>

#include <bennu/transport/internal/websocket_session.hpp>

// Messages to the client: they wait in the outbox, and leave at the end of the loop's turn.
namespace bennu {

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

bool websocket_session::has_room() {
  if (!outbox_.has_room() && writing_ == writing::ready) write_due();
  return outbox_.has_room();
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
  close_if_out_of_memory([&] {
    if (why_) notify_closed(*why_);
    if (burst_ == burst::several_messages && stream_.tls() == nullptr) read_more();
    if (!has_ended() && writing_ != writing::blocked) flush();
  });
  deferred_ = false;
  if (has_ended()) return release();
  if (outbox_.empty()) return notify_caught_up();
  if (writing_ != writing::blocked) defer();  // sends the close frame that is left if memory was refused
}

/// Writes as many due bytes as the kernel accepts. @returns true if none is left
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

}  // namespace bennu
