#include <bennu/channels/internal/process_signals.hpp>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <stop_token>
#include <tuple>
#include <utility>

#include <bennu/runtime/guarded.hpp>

namespace bennu {

blocked_signals::blocked_signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, &before_);
}

blocked_signals::~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void keep_hangups_pending() {
  sigset_t hangup;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &hangup, nullptr);
}

int blocked_signals::wait() const {
  int signal = 0;
  sigwait(&set_, &signal);
  return signal;
}

void blocked_signals::wait_for_end(std::chrono::milliseconds delay) const {
  const auto end = std::chrono::steady_clock::now() + delay;
  for (;;) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    const timespec most{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    const int signal = sigtimedwait(&set_, nullptr, &most);
    if (signal == SIGINT || signal == SIGTERM) return;
  }
}

void blocked_signals::drop_pending() const {
  constexpr timespec at_once{};
  while (sigtimedwait(&set_, nullptr, &at_once) > 0) {
  }
}

std::jthread end_process_after(std::chrono::milliseconds patience, logger log) {
  return std::jthread{[patience, log = std::move(log)](const std::stop_token& stopped) {
    constexpr std::chrono::seconds time_to_log{1};
    std::condition_variable_any never;
    guarded<std::tuple<>> nothing;
    nothing.lock().wait_for(never, stopped, patience, [](auto) { return false; });
    if (stopped.stop_requested()) return;
    log.warning("a blocking job or a callback does not end: the server ends without it");
    log.flush(time_to_log);
    std::fflush(nullptr);
    std::_Exit(0);
  }};
}

}  // namespace bennu
