#include <bennu/channels/testing/internal/schedule.hpp>

#include <algorithm>

namespace bennu::testing {

namespace {

constexpr schedule::weight full_weight = 16;

}  // namespace

schedule::schedule(std::optional<std::uint64_t> seed) : random_(seed.value_or(0)), seeded_(seed.has_value()) {}

schedule::weight schedule::pick_weight() { return seeded_ ? full_weight >> (2 * random(3)) : full_weight; }

void schedule::update(stepper& which) {
  if (!which.ready()) return forget(which);
  if (which.queued_) return;
  if (which.weight_ == 0) which.weight_ = pick_weight();
  which.queued_ = true;
  queue_.push_back(&which);
}

void schedule::forget(stepper& which) {
  if (which.queued_) std::erase(queue_, &which);
  which.queued_ = false;
}

void schedule::add(source& which) {
  which.weight_ = pick_weight();
  sources_.push_back(&which);
}

void schedule::remove(source& which) { std::erase(sources_, &which); }

bool schedule::idle() const {
  return queue_.empty() &&
         std::none_of(sources_.begin(), sources_.end(), [](const source* s) { return s->ready() > 0; });
}

void schedule::be_fair() {
  seeded_ = true;
  before_step_ = nullptr;
}

// -- steps ------------------------------------------------------------------------------------------------------------

bool schedule::step() {
  ++steps_;
  return seeded_ ? step_at_random() : step_in_order();
}

bool schedule::step_in_order() {
  const auto arrival = std::find_if(queue_.begin(), queue_.end(),
                                    [](const stepper* s) { return s->when_ == stepper::turn::before_threads; });
  if (arrival != queue_.end()) {
    run(static_cast<std::size_t>(arrival - queue_.begin()));
    return true;
  }
  const auto thread = std::find_if(sources_.begin(), sources_.end(), [](const source* s) { return s->ready() > 0; });
  if (thread != sources_.end()) {
    (*thread)->step(0);
    return true;
  }
  if (queue_.empty()) return false;
  run(0);
  return true;
}

std::size_t schedule::total_weight() const {
  std::size_t total = 0;
  for (const auto* s : sources_) total += s->ready() * s->weight_;
  for (const auto* s : queue_) total += s->stalled_ ? 0 : s->weight_;
  return total;
}

bool schedule::step_at_random() {
  if (before_step_) before_step_();
  auto total = total_weight();
  if (total == 0) {
    for (auto* s : queue_) s->stalled_ = false;
    total = total_weight();
  }
  if (total == 0) return false;
  auto pick = random(total);
  for (auto* s : sources_) {
    const auto share = s->ready() * s->weight_;
    if (pick < share) {
      s->step(pick / s->weight_);
      return true;
    }
    pick -= share;
  }
  for (std::size_t i = 0;; ++i) {
    const std::size_t share = queue_[i]->stalled_ ? 0 : queue_[i]->weight_;
    if (pick < share) {
      run(i);
      return true;
    }
    pick -= share;
  }
}

void schedule::run(std::size_t index) {
  const auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(index);
  auto& which = **chosen;
  queue_.erase(chosen);
  which.queued_ = false;
  which.step();
}

// -- time -------------------------------------------------------------------------------------------------------------

void schedule::add(clock& which) { clocks_.push_back(&which); }

void schedule::remove(clock& which) { std::erase(clocks_, &which); }

std::optional<schedule::duration> schedule::next_due() const {
  std::optional<duration> result;
  if (!timers_.empty()) result = timers_.begin()->first;
  for (const auto* c : clocks_) {
    const auto due = c->next_due();
    if (due && (!result || *due < *result)) result = due;
  }
  return result;
}

void schedule::jump(duration when) {
  now_ = std::max(now_, when);
  for (auto* c : clocks_) c->set_time(now_);
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    const auto due = timers_.extract(timers_.begin());
    due.mapped()();
  }
}

void schedule::cancel_timers() {
  timers_.clear();
  for (auto* c : clocks_) c->cancel_timers();
}

}  // namespace bennu::testing
