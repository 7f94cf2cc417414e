#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/ref.hpp>

namespace bennu {

struct channel_services;

/// The blocking jobs of one socket. At most `max_jobs_per_socket` of them are in the thread pool at a time. Further
/// jobs wait here, in order. All jobs run, even if the socket is gone. Any thread may call.
class job_queue final : public ref_counted {
public:
  using job = std::function<void()>;

  /// Both must outlive all jobs.
  job_queue(channel_services& services, const bennu::limits& l) noexcept : services_(services), limits_(l) {}

  /// Runs a job, which must not throw, on another thread. @returns false, and does not run the job, if too many jobs of
  /// all sockets already wait
  bool post(job next);

private:
  bool may_wait();
  void hand_on(job next);
  void done();

  channel_services& services_;
  const bennu::limits& limits_;
  std::mutex mutex_;
  std::deque<job> waiting_;
  std::size_t handed_on_ = 0;  ///< jobs in the thread pool that are not done
};

}  // namespace bennu
