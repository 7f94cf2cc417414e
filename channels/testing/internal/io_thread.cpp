#include <bennu/channels/testing/internal/io_thread.hpp>

#include <algorithm>

namespace bennu::testing {

io_thread::io_thread(caf::actor_system& actors, std::size_t index, schedule& when)
    : schedule_(when), loop_(index, event_loop::clock_source::manual), host_(actors, loop_) {
  set_time(when.now());
  go_on();
}

void io_thread::go_on() {
  schedule_.add(static_cast<schedule::source&>(*this));
  schedule_.add(static_cast<schedule::clock&>(*this));
}

void io_thread::pause() {
  schedule_.remove(static_cast<schedule::source&>(*this));
  schedule_.remove(static_cast<schedule::clock&>(*this));
}

bool io_thread::has_due_timer() const {
  const auto due = loop_.next_timer();
  return due && *due <= loop_.now();
}

std::optional<schedule::duration> io_thread::next_due() const {
  const auto due = loop_.next_timer();
  if (!due || *due <= loop_.now()) return std::nullopt;
  return due->time_since_epoch();
}

std::size_t io_thread::ready() const {
  return (loop_.has_posted() ? 1u : 0u) + (has_due_timer() ? 1u : 0u) + host_.ready();
}

/// In a turn's order: posted tasks, timers, actors.
void io_thread::step(std::size_t which) {
  const event_loop::scope running{loop_};
  if (loop_.has_posted()) {
    if (which == 0) return loop_.run_one_posted();
    --which;
  }
  if (has_due_timer()) {
    if (which == 0) return static_cast<void>(loop_.run_one_timer());
    --which;
  }
  host_.run(which);
}

void io_thread::actors_here::exec_later(caf::resumable* actor) {
  if (actor->subtype() == caf::resumable::io_actor) {
    ready_.push_back(actor);
  } else {
    actor_host::exec_later(actor);
  }
}

void io_thread::actors_here::run(std::size_t which) {
  const auto chosen = ready_.begin() + static_cast<std::ptrdiff_t>(which);
  auto* const actor = *chosen;
  ready_.erase(chosen);
  switch (actor->resume(this, 1)) {
    case caf::resumable::resume_later:
      ready_.push_back(actor);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      caf::intrusive_ptr_release(actor);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
  }
}

caf_threads::caf_threads(caf::scheduler::test_coordinator& actors, schedule& when)
    : actors_(actors), schedule_(when), start_(shown() - when.now()) {
  go_on();
}

void caf_threads::go_on() {
  schedule_.add(static_cast<schedule::source&>(*this));
  schedule_.add(static_cast<schedule::clock&>(*this));
}

void caf_threads::pause() {
  schedule_.remove(static_cast<schedule::source&>(*this));
  schedule_.remove(static_cast<schedule::clock&>(*this));
}

std::optional<schedule::duration> caf_threads::next_due() const {
  const auto& delayed = actors_.clock().schedule();
  if (delayed.empty()) return std::nullopt;
  return std::max(delayed.begin()->first.time_since_epoch() - start_, schedule_.now());
}

void caf_threads::set_time(schedule::duration now) { actors_.advance_time(now + start_ - shown()); }

void caf_threads::step(std::size_t which) {
  const auto chosen = actors_.jobs.begin() + static_cast<std::ptrdiff_t>(which);
  std::rotate(actors_.jobs.begin(), chosen, chosen + 1);
  actors_.run_once();
}

}  // namespace bennu::testing
