#pragma once

#include <chrono>
#include <csignal>
#include <thread>

#include <bennu/runtime/log.hpp>

namespace bennu {

/// While one of these lives, threads that are started leave SIGINT, SIGTERM and SIGHUP to the thread that waits for
/// them.
class blocked_signals {
public:
  blocked_signals();
  ~blocked_signals();
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;

  /// Waits for one of them. @returns its number
  int wait() const;

  /// Waits for SIGINT or SIGTERM, at most for `delay`.
  void wait_for_end(std::chrono::milliseconds delay) const;

  /// Drops signals that have arrived since. Otherwise they would end the process after the destructor.
  void drop_pending() const;

private:
  sigset_t set_;
  sigset_t before_;
};

/// Blocks SIGHUP on this thread and those that it starts from now on, so that the signal waits for a `blocked_signals`,
/// and does not end a process that is still starting.
void keep_hangups_pending();

/// Ends the process with 0 after `patience`, unless the result is destroyed before: used for a stop that a blocking job
/// or a callback delays. A supervisor would not wait longer either.
std::jthread end_process_after(std::chrono::milliseconds patience, logger log);

}  // namespace bennu
