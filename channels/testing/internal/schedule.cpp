#include <bennu/channels/testing/internal/schedule.hpp>

#include <algorithm>

namespace bennu::testing {

schedule::schedule(caf::scheduler::test_coordinator& actors, std::optional<std::uint64_t> seed)
    : actors_(actors), random_(seed.value_or(0)), seeded_(seed.has_value()), start_(0) {
  start_ = now();
}

void schedule::update(stepper& which) {
  if (!which.ready()) return forget(which);
  if (which.queued_) return;
  // Some connections are slow, for all of a test: what is only ever a little late is not late enough.
  if (which.weight_ == 0) which.weight_ = seeded_ ? full_weight >> (2 * random(3)) : full_weight;
  which.queued_ = true;
  queue_.push_back(&which);
}

void schedule::forget(stepper& which) {
  if (which.queued_) std::erase(queue_, &which);
  which.queued_ = false;
}

bool schedule::step() { return seeded_ ? step_at_random() : step_in_order(); }

bool schedule::step_in_order() {
  const auto first = std::find_if(queue_.begin(), queue_.end(),
                                  [](const stepper* s) { return s->when_ == stepper::turn::before_actors; });
  if (first != queue_.end()) {
    run_stepper(static_cast<std::size_t>(first - queue_.begin()));
  } else if (!actors_.jobs.empty()) {
    run_actor(0);
  } else if (!queue_.empty()) {
    run_stepper(0);
  } else {
    return false;
  }
  return true;
}

bool schedule::step_at_random() {
  auto total = actors_.jobs.size() * full_weight;
  for (const auto* s : queue_) total += s->weight_;
  if (total == 0) return false;
  auto pick = random(total);
  if (pick < actors_.jobs.size() * full_weight) {
    run_actor(pick / full_weight);
    return true;
  }
  pick -= actors_.jobs.size() * full_weight;
  std::size_t index = 0;
  for (; pick >= queue_[index]->weight_; ++index) pick -= queue_[index]->weight_;
  run_stepper(index);
  return true;
}

void schedule::run_actor(std::size_t index) {
  const auto chosen = actors_.jobs.begin() + static_cast<std::ptrdiff_t>(index);
  std::rotate(actors_.jobs.begin(), chosen, chosen + 1);
  if (on_job_) on_job_(*actors_.jobs.front());
  actors_.run_once();
}

void schedule::run_stepper(std::size_t index) {
  const auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(index);
  auto& which = **chosen;
  queue_.erase(chosen);
  which.queued_ = false;
  which.step();
}

schedule::duration schedule::now() const { return actors_.clock().now().time_since_epoch() - start_; }

std::optional<schedule::duration> schedule::next_due() const {
  std::optional<duration> result;
  if (!timers_.empty()) result = timers_.begin()->first;
  const auto& delayed = actors_.clock().schedule();
  if (!delayed.empty()) {
    const auto due = delayed.begin()->first.time_since_epoch() - start_;
    result = result ? std::min(*result, due) : due;
  }
  return result;
}

void schedule::jump(duration when) {
  actors_.advance_time(std::max(when - now(), duration::zero()));
  while (!timers_.empty() && timers_.begin()->first <= when) {
    const auto due = timers_.extract(timers_.begin());
    due.mapped()();
  }
}

void schedule::cancel_timers() {
  timers_.clear();
  actors_.clock().cancel_all();
}

}  // namespace bennu::testing
