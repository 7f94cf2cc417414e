#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include <bennu/runtime/event_loop.hpp>

#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

namespace bennu {

/// Runs CAF actors on an event loop's thread.
///
/// An actor spawned with this execution unit, or by an actor that was, and that derives from `pinned_actor`, runs on
/// that thread for life. A hop between two such actors costs no system call and no lock. Part of what a port to CAF 1.x
/// would rewrite: there a `caf::scheduler` takes the place of `caf::execution_unit`.
class actor_host : public caf::execution_unit, public event_loop::actor_runner {
public:
  actor_host(caf::actor_system& system, event_loop& loop) : execution_unit(&system), loop_(loop) {}

  event_loop& loop() const noexcept { return loop_; }
  bool is_current() const noexcept { return loop_.is_current(); }
  /// Whether an idle actor handles what is delivered to it before `pinned_actor::deliver` returns. Nothing may depend
  /// on it: tests take it away now and then.
  bool runs_at_once() const noexcept { return runs_at_once_; }

  /// CAF asks for an actor to be run: one of ours on its loop, any other on CAF's scheduler, so that what a pinned
  /// actor sends a message to is not dragged onto its thread. Any thread may call.
  void exec_later(caf::resumable* what) override;

  bool run_actors() override;

protected:
  bool runs_at_once_ = true;

private:
  void run(caf::resumable* what);

  event_loop& loop_;
  std::deque<caf::resumable*> ready_;

  std::mutex mutex_;
  std::vector<caf::resumable*> inbox_;  // guarded by mutex_
  std::vector<caf::resumable*> taken_;
};

}  // namespace bennu
