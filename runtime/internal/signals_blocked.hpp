#pragma once

#include <csignal>

namespace bennu {

/// Blocks all signals on the calling thread for its lifetime. A thread that is started meanwhile inherits the mask, and
/// so leaves all signals to the other threads of the program.
class signals_blocked {
public:
  signals_blocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

private:
  sigset_t before_;
};

}  // namespace bennu
