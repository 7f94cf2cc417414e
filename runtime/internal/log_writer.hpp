#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// Writes lines to a file descriptor in a thread of its own, which starts with the first line or `set_bounds`, so that
/// a server has it before its resources are scarce. Two limits bound the bytes that wait, and the bytes that are
/// written in a second. Further lines are lost, and a line with their number takes their place. Any thread may call.
class log_writer {
public:
  using clock = std::chrono::steady_clock;

  /// The limits: bytes of waiting lines, and bytes written a second (after a pause, as many at once; 0 disables the
  /// limit).
  struct bounds {
    std::size_t waiting_bytes;
    std::size_t bytes_a_second;
  };

  /// @param fd must stay open as long as this object lives
  /// @param lost_line returns a line about a number of lost lines
  log_writer(int fd, bounds most, std::function<std::string(std::size_t)> lost_line);
  /// Writes the waiting lines, but gives up after a second without progress.
  ~log_writer();
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  /// Adds a complete line, including its end. @returns false if it is lost
  /// @param now the time, for the rate
  bool add(std::string line, clock::time_point now = clock::now());
  void set_bounds(bounds most);
  void flush(std::chrono::milliseconds patience);

private:
  struct queue;
  /// @returns false if the system cannot create a thread
  bool start_thread() noexcept;
  static void work(const std::shared_ptr<queue>& from);

  std::shared_ptr<queue> queue_;  ///< shared with the thread, which may outlive this while its descriptor blocks
};

}  // namespace bennu
