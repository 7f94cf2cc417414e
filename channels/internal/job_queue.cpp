#include <bennu/channels/internal/job_queue.hpp>

#include <utility>

#include <bennu/channels/internal/channel_services.hpp>

namespace bennu {

bool job_queue::post(job next) {
  if (!may_wait()) return false;
  auto jobs = jobs_.lock();
  if (jobs->in_pool >= limits_.max_jobs_per_socket) {
    jobs->waiting.push_back(std::move(next));
    return true;
  }
  ++jobs->in_pool;
  jobs.unlock();
  run(std::move(next));
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

void job_queue::run(job next) {
  services_.run_blocking([self = ref{this}, next = std::move(next)] {
    self->services_.waiting_jobs.fetch_sub(1);
    self->services_.counts.add(metric::waiting_jobs, -1);
    next();
    self->done();
  });
}

/// Adds the next job after those that already wait for a thread, so that other sockets get their turn.
void job_queue::done() {
  auto jobs = jobs_.lock();
  if (jobs->waiting.empty()) {
    --jobs->in_pool;
    return;
  }
  auto next = std::move(jobs->waiting.front());
  jobs->waiting.pop_front();
  jobs.unlock();
  run(std::move(next));
}

}  // namespace bennu
