#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/ref.hpp>

namespace bennu {

struct channel_services;

/// The blocking jobs of one socket. At most `max_jobs_per_socket` of them are handed on at a time; further ones wait
/// here, in order. All of them run, also when the socket is gone. Any thread may call.
class job_queue final : public ref_counted {
public:
  using job = std::function<void()>;

  /// Both outlive all jobs.
  job_queue(channel_services& services, const bennu::limits& l) noexcept : services_(services), limits_(l) {}

  /// Runs a job, which must not throw, on another thread. @returns false where too many wait already, those of other
  /// sockets among them: then it does not run
  bool post(job what);

private:
  bool may_wait();
  void hand_on(job what);
  void done();

  channel_services& services_;
  const bennu::limits& limits_;
  std::mutex mutex_;
  std::deque<job> waiting_;
  std::size_t handed_on_ = 0;  ///< and not done
};

}  // namespace bennu
