#include <bennu/runtime/actor_host.hpp>

#include <caf/scheduler/abstract_coordinator.hpp>

namespace bennu {

namespace {

/// The number of messages that an actor handles before the next actor gets its turn.
constexpr std::size_t messages_a_resume = 64;

/// The number of actors that are resumed before the loop checks its descriptors again.
constexpr std::size_t resumes_a_turn = 4096;

}  // namespace

void actor_host::exec_later(caf::resumable* what) {
  if (what->subtype() != caf::resumable::io_actor) {
    system().scheduler().enqueue(what);
    return;
  }
  if (is_current()) {
    ready_.push_back(what);
    loop_.wake();  // it may be the end of the turn already
    return;
  }
  bool first = false;
  {
    const std::lock_guard lock{mutex_};
    first = inbox_.empty();
    inbox_.push_back(what);
  }
  if (first) loop_.wake();
}

bool actor_host::run_actors() {
  {
    const std::lock_guard lock{mutex_};
    taken_.swap(inbox_);
  }
  ready_.insert(ready_.end(), taken_.begin(), taken_.end());
  taken_.clear();
  for (std::size_t n = 0; n < resumes_a_turn && !ready_.empty(); ++n) {
    auto* what = ready_.front();
    ready_.pop_front();
    run(what);
  }
  return !ready_.empty();
}

void actor_host::run(caf::resumable* what) {
  switch (what->resume(this, messages_a_resume)) {
    case caf::resumable::resume_later:
      ready_.push_back(what);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      caf::intrusive_ptr_release(what);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
  }
}

}  // namespace bennu
