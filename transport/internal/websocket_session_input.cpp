#include <cerrno>
#include <string>

#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/control_frame.hpp>
#include <bennu/transport/internal/deflate.hpp>
#include <bennu/transport/internal/websocket_session.hpp>

// The client's bytes: read, and delivered to the handler message by message.
namespace bennu {

namespace {

/// The number of further reads from a client that sends much, before it is answered.
constexpr int more_reads = 4;

}  // namespace

void websocket_session::read() {
  const auto n = stream_.read(shard_.input);
  if (n > 0) return feed({shard_.input.data(), static_cast<std::size_t>(n)});
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  shard_.count_failure(stream_);
  end(exit_reason::kind::closed);
}

/// A client that sent several messages at once often sends more: messages that have arrived by now are answered in the
/// same write. If nothing has come, or the client's end, the loop will report it.
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

/// A client's close frame with any code is answered with 1000, as by Phoenix's server (bandit, lib/bandit/websocket).
void websocket_session::on_close(std::optional<close_code>, std::string_view) {
  if (is_open()) return begin_closing(close_payload(close_code::normal), exit_reason::kind::closed);
  if (outbox_.empty() && writing_ != writing::blocked) end(exit_reason::kind::closed);
}

void websocket_session::fail(const websocket_error& error) {
  if (is_open()) begin_closing(close_payload(error.code, error.reason), exit_reason::kind::rejected);
}

/// Drops all that the client still sends, and frees the part of a message that has arrived.
void websocket_session::ignore_input() {
  parser_.clear();
  if (!has_ended()) life_ = life::closed;
}

}  // namespace bennu
