#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/pinned_actor.hpp>
#include <bennu/runtime/token_bucket.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>
#include <bennu/transport/internal/long_poll_connection.hpp>
#include <bennu/transport/internal/long_poll_request.hpp>

namespace bennu {

/// The actor of a client that polls: delivers its messages to the socket, and the socket's messages to its polls.
///
/// Requests reach it as messages, from any thread; all else happens on its own. It is spawned on an `actor_host`. It
/// lives until the socket closes the connection, the client stays away, or it is told to end. Then it tells the socket,
/// is removed from the transport's table, and answers the requests that still wait.
///
/// Messages stay in the connection's outbox until the kernel took the answer that they are in. Only one such answer is
/// under way at a time, so that they come in order; after one that was lost, the next poll gets the same messages
/// first. Size and rate of these answers have limits, so that a client which polls again and again costs little.
class long_poll_session final : public pinned_actor {
public:
  /// Requests messages, and waits for them for at most the window. An older poll that still waits is answered
  /// `no_content`.
  struct poll {
    ref<long_poll_request> request;
  };

  /// Brings messages of the client. They wait while the socket has paused the connection, each by itself. Answered `ok`
  /// once the socket has handled them all, `timed_out` if it does not within a window, or if the connection is closed
  /// before; then those that still wait are dropped. Answered `too_many_posts` if too much waits already.
  struct publish {
    ref<long_poll_request> request;
    std::vector<posted_message> messages;
  };

  /// Ends the session.
  struct end {
    exit_reason::kind why = exit_reason::kind::shutdown;
  };

  /// The objects that a session uses. They must live until `on_end` has returned.
  struct context {
    const bennu::limits& limits;
    bennu::metrics& counts;
    logger log;
  };

  /// @param handler the socket, opened on `to`
  /// @param on_end called once, on this actor's thread, after the socket was told: requests find this session no more.
  /// It is destroyed when this actor no longer needs the context.
  long_poll_session(caf::actor_config& config, context surroundings, ref<long_poll_connection> to,
                    std::unique_ptr<connection_handler> handler, std::function<void()> on_end);

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;

  // -- its messages to itself -----------------------------------------------------------------------------------------

  /// Sent when the connection has changed.
  struct changed {};
  /// The end of an answer with messages.
  struct answered {
    bool delivered = false;  ///< the kernel has accepted all of it
  };

private:
  using time_point = event_loop::clock::time_point;

  /// A POST that was not answered yet.
  struct post {
    std::uint64_t id;
    ref<long_poll_request> request;
    time_point deadline;
    std::vector<posted_message> messages;
    std::size_t delivered = 0;  ///< number of messages that the socket has received
    bool whole = false;         ///< the socket has received all, and will report when they are handled
  };

  void on_poll(const poll& message);
  void on_publish(publish& message);
  void on_changed();
  void on_start() override;
  bool on_message(caf::mailbox_element& element) override;
  void on_exception(const std::exception_ptr& thrown) override;
  void on_answered(const answered& message);
  void on_tick();
  void on_handled(std::uint64_t id);

  bool has_room_for(const std::vector<posted_message>& messages) const;
  void deliver_posts();
  void deliver_next(post& from);
  void drop_waiting(post& of);
  void time_out_posts(time_point now);

  void answer_due();
  void begin_answer();
  bool may_answer();
  void answer_poll(long_poll_status status);

  token_bucket::rate answer_rate() const noexcept;
  std::chrono::milliseconds longest_absence() const noexcept { return context_.limits.long_poll_window * 3 / 2; }
  time_point now() const;
  void schedule();
  bool ended();
  void stop(exit_reason::kind why);
  void finish(exit_reason::kind why) noexcept;

  const context context_;
  ref<long_poll_connection> connection_;
  std::unique_ptr<connection_handler> handler_;  ///< null once the session has ended
  std::function<void()> on_end_;

  time_point last_active_;
  time_point next_tick_;  ///< of `timer_`
  loop_timer timer_;
  bool changed_ = false;  ///< a `changed` is on its way

  ref<long_poll_request> poll_;  ///< the waiting poll, or null
  time_point poll_deadline_;
  std::optional<time_point> delayed_until_;  ///< set while the answer to the poll is delayed
  token_bucket answers_;
  bool answering_ = false;  ///< an answer with messages is under way

  std::vector<post> posts_;  ///< the oldest first
  std::uint64_t post_count_ = 0;
  std::size_t waiting_post_bytes_ = 0;  ///< bytes of messages that the socket has not received
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::poll)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::publish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::end)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::answered)
