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

/// Threads for work that blocks. They are started as needed, up to a limit. Further work waits in order for a free
/// thread, and is counted by `metric::jobs_delayed`.
class blocking_pool {
public:
  using job = std::function<void()>;

  /// @param max_threads at least 1
  /// @param counts must outlive this
  blocking_pool(std::size_t max_threads, metrics& counts) : max_threads_(max_threads), counts_(counts) {}
  /// Finishes all posted work, including work that other work posts.
  ~blocking_pool();
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// Runs a job, which must not throw, on one of the threads. Any thread may call. While the pool ends, only its jobs
  /// may.
  void post(job next);

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
