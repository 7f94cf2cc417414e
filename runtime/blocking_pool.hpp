#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include <bennu/runtime/guarded.hpp>
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
  ~blocking_pool() { finish(); }
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// Runs a job, which must not throw, on one of the threads. Any thread may call. Once the pool has finished, the job
  /// is dropped.
  void post(job next);

  /// Waits until all posted work is done, including work that other work posts, and ends the threads. Other threads may
  /// post during the call and after it.
  void finish();

private:
  struct shared_state {
    std::deque<job> jobs;
    std::vector<std::thread> threads;
    std::size_t working = 0;  ///< threads that have not ended
    std::size_t idle = 0;
    bool is_finishing = false;
  };

  void work();

  const std::size_t max_threads_;
  metrics& counts_;
  std::condition_variable changed_;
  guarded<shared_state> state_;
};

}  // namespace bennu
