#pragma once

#include <deque>
#include <vector>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/guarded.hpp>

#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

namespace bennu {

/// Runs CAF actors on an event loop's thread.
///
/// An actor that derives from `pinned_actor` runs on that thread for life if it is spawned with this execution unit, or
/// by an actor of this host. A message between two such actors costs no system call and no lock. A port to CAF 1.x
/// would rewrite this class: there `caf::scheduler` replaces `caf::execution_unit`.
class actor_host : public caf::execution_unit, public event_loop::actor_runner {
public:
  actor_host(caf::actor_system& system, event_loop& loop) : execution_unit(&system), loop_(loop) {}

  event_loop& loop() const noexcept { return loop_; }
  bool is_current() const noexcept { return loop_.is_current(); }
  /// True if an idle actor handles a message before `pinned_actor::deliver` returns. No code may depend on this,
  /// because tests switch it off at random.
  bool runs_at_once() const noexcept { return runs_at_once_; }

  /// Called by CAF to run an actor: a pinned actor runs on this loop, any other on CAF's scheduler, so that the
  /// receivers of a pinned actor's messages do not run on its thread. Any thread may call.
  void exec_later(caf::resumable* actor) override;

  bool run_actors() override;

protected:
  bool runs_at_once_ = true;

private:
  void run(caf::resumable* actor);

  event_loop& loop_;
  std::deque<caf::resumable*> ready_;
  guarded<std::vector<caf::resumable*>> inbox_;  ///< from other threads
  std::vector<caf::resumable*> taken_;           ///< from the inbox; empty, but it keeps its memory
};

}  // namespace bennu
