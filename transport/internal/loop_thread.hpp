#pragma once

#include <cstddef>
#include <thread>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

/// An event loop on a thread of its own, which takes no signals.
class loop_thread {
public:
  /// @param index see `event_loop::index`
  /// @throws std::system_error if the kernel gives no thread or no descriptors
  explicit loop_thread(std::size_t index);
  /// Ends the thread after its turn.
  ~loop_thread();
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  event_loop& loop() noexcept { return loop_; }

private:
  event_loop loop_;
  std::thread thread_;
};

}  // namespace bennu
