#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <bennu/runtime/log.hpp>
#include <bennu/runtime/pinned_actor.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>
#include <bennu/transport/internal/long_poll_connection.hpp>
#include <bennu/transport/internal/long_poll_request.hpp>

namespace bennu {

/// A client that polls: the actor that takes its messages to the socket, and the socket's to its polls.
///
/// Requests reach it as messages, from whatever thread they came in on; all else happens on its own. It lives until the
/// socket closes the connection, the client stays away, or it is told to end. Then it tells the
/// socket, leaves the transport's table, and answers what still waits.
///
/// Messages stay in the connection until the kernel took the answer that they are in. Only one such answer is under way
/// at a time, so that they come in order; after one that was not taken, the next poll gets the same messages first.
class long_poll_session final : public pinned_actor {
public:
  /// Asks for messages, and waits for them as long as a window is. An older poll that still waits is answered
  /// `no_content`.
  struct poll {
    ref<long_poll_request> request;
  };

  /// Brings messages. They wait while the socket has paused the connection, each by itself. Answered `ok` once the
  /// socket has dealt with them all, `timed_out` where it does not within a window, or where the connection is closed
  /// before; what still waits then is dropped.
  struct publish {
    ref<long_poll_request> request;
    std::vector<posted_message> messages;
  };

  /// Ends the session.
  struct end {
    exit_reason::kind why = exit_reason::kind::shutdown;
  };

  /// @param window how long a poll waits; a client that sent no request for 1.5 times as long is gone
  /// @param handler the socket, opened on `to`
  /// @param on_end called once, on this actor's thread, after the socket was told: requests find this session no more
  long_poll_session(caf::actor_config& config, std::chrono::milliseconds window, logger log,
                    ref<long_poll_connection> to, std::unique_ptr<connection_handler> handler,
                    std::function<void()> on_end);

  caf::behavior make_behavior() override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;

  // -- what it tells itself -------------------------------------------------------------------------------------------

  /// The connection has changed.
  struct changed {};
  /// A deadline may have passed.
  struct tick {};
  /// What became of an answer with messages.
  struct delivered {
    std::size_t count = 0;
    bool taken = false;
  };

private:
  using time_point = caf::actor_clock::time_point;

  struct publishing {
    std::uint64_t id;
    ref<long_poll_request> request;
    time_point deadline;
    std::vector<posted_message> messages;
    std::size_t handed = 0;  ///< how many of them the socket has got
    bool whole = false;      ///< it has got them all, and will say when they are dealt with
  };

  void on_poll(const poll& what);
  void on_publish(const publish& what);
  void on_changed();
  void on_delivered(const delivered& what);
  void on_tick();
  void on_handled(std::uint64_t id);

  void hand_over();
  void deliver_due();
  void answer_poll(long_poll_status status);
  time_point now() const;
  void schedule();
  bool ended();
  void stop(exit_reason::kind why);
  void finish(exit_reason::kind why) noexcept;

  const std::chrono::milliseconds window_;
  const std::chrono::milliseconds patience_;  ///< how long the client may stay away
  const logger log_;
  ref<long_poll_connection> connection_;
  std::unique_ptr<connection_handler> handler_;  ///< null once the session has ended
  std::function<void()> on_end_;

  time_point last_active_;
  std::optional<time_point> next_tick_;
  bool changed_ = false;  ///< a `changed` is on its way

  ref<long_poll_request> poll_;  ///< the one that waits, or null
  time_point poll_deadline_;
  bool delivering_ = false;

  std::vector<publishing> publishing_;  ///< not dealt with yet, the oldest first
  std::uint64_t publish_count_ = 0;
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::poll)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::publish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::end)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::long_poll_session::delivered)
