#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/event_stream.hpp>
#include <bennu/transport/http_responder.hpp>
#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>
#include <bennu/transport/internal/io_shard.hpp>
#include <bennu/transport/outbox.hpp>

namespace bennu {

/// A client of server-sent events, from its request to the end of the answer: a body in parts, which an `http_session`
/// sends. Its loop's thread only.
///
/// Events wait in the outbox, where the limits and the rules for slow clients hold. A part of them is given to the body
/// at a time, the next one when the kernel has accepted it.
class event_stream_session final : public event_stream, private event_loop::deferred, private idle_wheel::item {
public:
  /// Opens the socket, and answers the request when it has sent something or refused.
  static void start(const http_request& request, const ref<http_session>& from, const bennu::limits& limits,
                    accepted_event_stream& accepted);

  using connection::send;
  std::size_t send(ref<const frame> message, const overflow& rule) override;
  bool has_room() override;
  void await_sent() override;
  /// Does nothing, because the client sends nothing.
  void pause(bool) override {}
  void close(close_code code, exit_reason::kind why) override;
  void refuse(http_response answer) override;
  std::string_view transport() const noexcept override { return "sse"; }
  std::size_t waiting_bytes() const noexcept override { return outbox_.bytes() + (body_ ? body_->waiting_bytes() : 0); }

private:
  /// The stage of a session. It only advances.
  enum class life : std::uint8_t {
    unanswered,  ///< the request waits for the first event, or for a refusal
    open,        ///< events go to the client
    closing,     ///< the socket has closed or refused, or the server drains: the events that are due still leave
    ended        ///< the answer is over
  };

  event_stream_session(const http_request& request, const ref<http_session>& from, const bennu::limits& limits);
  ~event_stream_session() override;

  void at_turn_end() override;
  event_loop::clock::time_point last_active() const noexcept override { return last_comment_; }
  void on_idle() override;

  template <class F>
  void end_if_out_of_memory(F&& step);
  bool is_open() const noexcept { return life_ < life::closing; }
  void defer();
  void answer();
  void begin(http_stream body);
  void write_due();
  void go_on();
  void notify_closed();
  void end(exit_reason::kind why);

  io_shard& shard_;
  std::optional<http_responder> request_;  ///< empty once it is answered
  http_response head_;
  std::unique_ptr<connection_handler> handler_;  ///< null once it was told of the end
  outbox outbox_;
  std::optional<http_stream> body_;       ///< empty before the answer, and after its end
  std::optional<exit_reason::kind> why_;  ///< set if the handler must be told at the turn's end that this is closed
  event_loop::clock::time_point last_comment_;
  life life_ = life::unanswered;
  bool deferred_ = false;  ///< `at_turn_end` will be called
};

}  // namespace bennu
