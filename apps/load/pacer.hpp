#pragma once

#include <cstdint>
#include <functional>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include "client.hpp"

namespace load {

/// Calls a function at a steady rate, independent of its duration: late calls are made up for, and receive the time at
/// which they were due. For one thread.
class pacer final : private bennu::event_loop::watcher {
public:
  using action = std::function<void(clock::time_point due)>;

  /// @throws std::system_error if the kernel cannot create a timer
  explicit pacer(bennu::event_loop& loop);
  ~pacer() = default;
  pacer(const pacer&) = delete;
  pacer& operator=(const pacer&) = delete;

  /// Starts anew, with the first call at once.
  /// @param per_second more than 0
  /// @param most the number of calls
  void start(double per_second, std::uint64_t most, action act);
  void stop();

private:
  void on_ready(std::uint32_t events) override;
  clock::time_point due(std::uint64_t call) const;
  void sleep_until(clock::time_point when);

  bennu::event_loop& loop_;
  bennu::unique_fd timer_;
  double per_second_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t most_ = 0;
  clock::time_point began_{};
  action act_;
};

}  // namespace load
