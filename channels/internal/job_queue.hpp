#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include <bennu/runtime/guarded.hpp>
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
  struct jobs {
    std::deque<job> waiting;
    std::size_t in_pool = 0;  ///< jobs in the thread pool that are not done
  };

  bool may_wait();
  void run(job next);
  void done();

  channel_services& services_;
  const bennu::limits& limits_;
  guarded<jobs> jobs_;
};

}  // namespace bennu
