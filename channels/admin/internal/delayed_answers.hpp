#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/transport/http_responder.hpp>

namespace bennu {

/// Answers that are sent after some time, the same for all, so that a program that guesses has to wait for each. For
/// the thread of one loop.
class delayed_answers {
public:
  /// Answers beyond this number are sent at once.
  static constexpr std::size_t max_waiting = 1'024;

  void add(http_responder to, http_response answer, std::chrono::milliseconds delay);

private:
  struct waiting_answer {
    event_loop::clock::time_point due;
    http_responder to;
    http_response answer;
  };

  void wait(event_loop& loop);

  std::deque<waiting_answer> waiting_;  ///< the first one is due first
  loop_timer timer_;
};

}  // namespace bennu
