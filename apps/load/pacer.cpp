#include "pacer.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/timerfd.h>
#include <unistd.h>

namespace load {

namespace {

/// Calls that are due within this time are made together, because a wake-up for each would cost more than the calls.
constexpr std::chrono::microseconds shortest_sleep{50};

/// The number of late calls that are made at once, before the answers that arrived meanwhile are read.
constexpr std::uint64_t calls_a_turn = 4096;

}  // namespace

pacer::pacer(bennu::event_loop& loop)
    : loop_(loop), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!timer_ || !loop_.watch(timer_.get(), EPOLLIN, *this)) {
    throw std::system_error(errno, std::system_category(), "cannot make a timer");
  }
}

void pacer::start(double per_second, std::uint64_t most, action act) {
  per_second_ = per_second;
  most_ = most;
  made_ = 0;
  began_ = clock::now();
  act_ = std::move(act);
  sleep_until(began_);
}

void pacer::stop() {
  most_ = 0;
  timerfd_settime(timer_.get(), 0, nullptr, nullptr);
}

clock::time_point pacer::due(std::uint64_t call) const {
  return began_ + std::chrono::duration_cast<clock::duration>(
                      std::chrono::duration<double>(static_cast<double>(call) / per_second_));
}

void pacer::on_ready(std::uint32_t) {
  std::uint64_t ignored = 0;
  [[maybe_unused]] const auto got = ::read(timer_.get(), &ignored, sizeof ignored);
  const auto now = clock::now();
  for (std::uint64_t n = 0; n < calls_a_turn && made_ < most_ && due(made_) <= now; ++n) act_(due(made_++));
  if (made_ < most_) sleep_until(std::max(due(made_), now + shortest_sleep));
}

void pacer::sleep_until(clock::time_point when) {
  using namespace std::chrono;
  const auto since = std::max(when.time_since_epoch(), clock::duration{1});  // 0 would stop the timer
  const auto whole = duration_cast<seconds>(since);
  itimerspec at{};
  at.it_value.tv_sec = whole.count();
  at.it_value.tv_nsec = duration_cast<nanoseconds>(since - whole).count();
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

}  // namespace load
