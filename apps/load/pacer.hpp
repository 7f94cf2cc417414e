#pragma once

#include <cstdint>
#include <functional>

#include <bennu/runtime/event_loop.hpp>

#include "client.hpp"

namespace load {

/// Calls at a steady rate, whatever becomes of the calls: one that is late is made up for, and told when it was due.
/// One thread's.
class pacer final : private bennu::event_loop::watcher {
public:
  using action = std::function<void(clock::time_point due)>;

  /// @throws std::system_error where the kernel gives no timer
  explicit pacer(bennu::event_loop& loop);
  ~pacer();
  pacer(const pacer&) = delete;
  pacer& operator=(const pacer&) = delete;

  /// Begins anew, with the first call at once.
  /// @param per_second more than 0
  /// @param most how many calls there are to be
  void start(double per_second, std::uint64_t most, action what);
  void stop();

private:
  void on_ready(std::uint32_t events) override;
  clock::time_point due(std::uint64_t call) const;
  void sleep_until(clock::time_point when);

  bennu::event_loop& loop_;
  int timer_;
  double per_second_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t most_ = 0;
  clock::time_point began_{};
  action what_;
};

}  // namespace load
