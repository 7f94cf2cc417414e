#include <bennu/runtime/actor_host.hpp>

#include <caf/scheduler/abstract_coordinator.hpp>

namespace bennu {

namespace {

/// The number of messages that an actor handles before the next actor gets its turn.
constexpr std::size_t messages_a_resume = 64;

/// The number of actors that are resumed before the loop checks its descriptors again.
constexpr std::size_t resumes_a_turn = 4096;

}  // namespace

void actor_host::exec_later(caf::resumable* actor) {
  if (actor->subtype() != caf::resumable::io_actor) {
    system().scheduler().enqueue(actor);
    return;
  }
  if (is_current()) {
    ready_.push_back(actor);
    loop_.wake();  // the actors of this turn may have run already
    return;
  }
  bool first = false;
  {
    const auto inbox = inbox_.lock();
    first = inbox->empty();
    inbox->push_back(actor);
  }
  if (first) loop_.wake();
}

bool actor_host::run_actors() {
  taken_.swap(*inbox_.lock());
  ready_.insert(ready_.end(), taken_.begin(), taken_.end());
  taken_.clear();
  for (std::size_t n = 0; n < resumes_a_turn && !ready_.empty(); ++n) {
    auto* actor = ready_.front();
    ready_.pop_front();
    run(actor);
  }
  return !ready_.empty();
}

void actor_host::run(caf::resumable* actor) {
  switch (actor->resume(this, messages_a_resume)) {
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

}  // namespace bennu
