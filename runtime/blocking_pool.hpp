#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <bennu/runtime/metrics.hpp>

namespace bennu {

/// Threads for work that waits. They are started as needed, up to a limit; beyond it work waits in order for a free
/// one, and is counted: `metric::jobs_delayed`.
class blocking_pool {
public:
  using job = std::function<void()>;

  /// @param max_threads at least 1
  /// @param counts outlives this
  blocking_pool(std::size_t max_threads, metrics& counts) : max_threads_(max_threads), counts_(counts) {}
  /// Finishes all work that was handed in, and what that hands in.
  ~blocking_pool();
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// Runs `what`, which must not throw, on one of the threads. Any thread may call; while the pool ends, only its jobs.
  void post(job what);

private:
  void work();

  const std::size_t max_threads_;
  metrics& counts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace bennu
