#include <bennu/channels/internal/job_queue.hpp>

#include <utility>

#include <bennu/channels/internal/socket_context.hpp>

namespace bennu {

bool job_queue::post(job next) {
  if (!may_wait()) return false;
  {
    const std::lock_guard lock{mutex_};
    if (handed_on_ >= limits_.max_jobs_per_socket) {
      waiting_.push_back(std::move(next));
      return true;
    }
    ++handed_on_;
  }
  hand_on(std::move(next));
  return true;
}

/// Reserves a place among the waiting jobs. A job keeps it until it begins, so no job is refused later.
bool job_queue::may_wait() {
  if (services_.waiting_jobs.fetch_add(1) >= limits_.max_waiting_jobs) {
    services_.waiting_jobs.fetch_sub(1);
    services_.counts.add(metric::jobs_refused);
    return false;
  }
  services_.counts.add(metric::waiting_jobs);
  return true;
}

void job_queue::hand_on(job next) {
  services_.run_blocking([self = ref{this}, next = std::move(next)] {
    self->services_.waiting_jobs.fetch_sub(1);
    self->services_.counts.add(metric::waiting_jobs, -1);
    next();
    self->done();
  });
}

/// Adds the next job after those that already wait for a thread, so that other sockets get their turn.
void job_queue::done() {
  job next;
  {
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) {
      --handed_on_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  hand_on(std::move(next));
}

}  // namespace bennu
