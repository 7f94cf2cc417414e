#include <bennu/channels/testing/internal/io_thread.hpp>

#include <algorithm>

namespace bennu::testing {

io_thread::io_thread(caf::actor_system& actors, std::size_t index, schedule& when)
    : schedule_(when), loop_(index), host_(actors, loop_) {
  go_on();
}

std::size_t io_thread::ready() const { return host_.ready() + (loop_.has_posted() ? 1 : 0); }

void io_thread::step(std::size_t which) {
  const event_loop::scope running{loop_};
  if (loop_.has_posted()) {
    if (which == 0) return loop_.run_one_posted();
    --which;
  }
  host_.run(which);
}

void io_thread::actors_here::exec_later(caf::resumable* what) {
  if (what->subtype() == caf::resumable::io_actor) {
    ready_.push_back(what);
  } else {
    actor_host::exec_later(what);
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

caf_threads::caf_threads(caf::scheduler::test_coordinator& actors, schedule& when) : actors_(actors), schedule_(when) {
  go_on();
}

void caf_threads::go_on() {
  schedule_.add(*this);
  schedule_.add_clock(actors_);
}

void caf_threads::pause() {
  schedule_.remove(*this);
  schedule_.remove_clock(actors_);
}

void caf_threads::step(std::size_t which) {
  const auto chosen = actors_.jobs.begin() + static_cast<std::ptrdiff_t>(which);
  std::rotate(actors_.jobs.begin(), chosen, chosen + 1);
  actors_.run_once();
}

}  // namespace bennu::testing
