#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/loop_timer.hpp>

namespace bennu {

/// A thread that runs an event loop, and takes no signals.
///
/// Unless noted otherwise, only the owner's thread may call a member.
class loop_thread {
public:
  /// @param name the thread's name for debuggers and `top`, at most 15 characters
  /// @param index see `event_loop::index`
  /// @throws std::system_error if the kernel gives no descriptors
  explicit loop_thread(std::string name, std::size_t index = 0);
  /// Calls `stop`.
  ~loop_thread();
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  event_loop& loop() noexcept { return loop_; }
  bool is_running() const noexcept { return thread_.joinable(); }

  /// Starts the thread, once.
  /// @param on_failure called on the thread if a task or a watcher threw. Only that task is lost: the loop continues.
  /// @throws std::system_error if the kernel gives no thread
  void start(std::function<void(const std::exception_ptr& thrown)> on_failure);

  /// Runs `task` on the thread now and then once in each `period`, also after it threw, until `stop`. Any thread may
  /// call.
  void every(std::chrono::milliseconds period, std::function<void()> task);

  /// Waits until `condition`, which is called on the thread every few milliseconds, returns true, or for at most
  /// `timeout`. Not to be called on the thread. @returns false if the time is over
  bool wait_until(std::function<bool()> condition, std::chrono::milliseconds timeout);

  /// Ends the thread after its turn, and returns when it has ended. A second call does nothing.
  /// @param last the last task of the thread
  void stop(std::function<void()> last = {});

private:
  struct repetition {
    std::chrono::milliseconds period;
    std::function<void()> task;
    loop_timer timer;
  };

  void run();
  void repeat(repetition& of);

  const std::string name_;
  event_loop loop_;
  std::function<void(const std::exception_ptr&)> on_failure_;
  std::vector<std::unique_ptr<repetition>> repetitions_;  ///< used on the thread only
  std::thread thread_;
};

}  // namespace bennu
