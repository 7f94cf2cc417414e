#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <caf/scheduler/test_coordinator.hpp>

namespace bennu::testing {

/// One I/O thread of a server, on the test's thread: each task that was posted to its loop, each timer that is due, and
/// each message that one of its actors handles, is a step of the schedule.
///
/// As in production, an idle actor handles a message from another actor of its thread at once. With a seed it does so
/// at random, and otherwise the message waits in its mailbox.
class io_thread final : public schedule::source, public schedule::clock {
public:
  io_thread(caf::actor_system& actors, std::size_t index, schedule& when);
  ~io_thread() override { pause(); }

  /// Stops the thread until it is continued.
  void pause();
  void go_on();

  event_loop& loop() noexcept { return loop_; }
  actor_host& host() noexcept { return host_; }
  void deliver_at_once(bool wanted) noexcept { host_.deliver_at_once(wanted); }

  std::size_t ready() const override;
  void step(std::size_t which) override;

  std::optional<schedule::duration> next_due() const override;
  void set_time(schedule::duration now) override { loop_.set_time(event_loop::clock::time_point{now}); }
  void cancel_timers() override {}  // they end with their owners

private:
  bool has_due_timer() const;

  class actors_here final : public actor_host {
  public:
    using actor_host::actor_host;
    void exec_later(caf::resumable* actor) override;
    void run(std::size_t which);
    void deliver_at_once(bool wanted) noexcept { runs_at_once_ = wanted; }
    std::size_t ready() const noexcept { return ready_.size(); }

  private:
    std::deque<caf::resumable*> ready_;
  };

  schedule& schedule_;
  event_loop loop_;
  actors_here host_;
};

/// CAF's own threads, which run all other actors of a server: each message that one of them handles is a step of the
/// schedule.
class caf_threads final : public schedule::source, public schedule::clock {
public:
  caf_threads(caf::scheduler::test_coordinator& actors, schedule& when);
  ~caf_threads() override { pause(); }

  void pause();
  void go_on();

  std::size_t ready() const override { return actors_.jobs.size(); }
  void step(std::size_t which) override;

  std::optional<schedule::duration> next_due() const override;
  void set_time(schedule::duration now) override;
  void cancel_timers() override { actors_.clock().cancel_all(); }

private:
  schedule::duration shown() const { return actors_.clock().now().time_since_epoch(); }

  caf::scheduler::test_coordinator& actors_;
  schedule& schedule_;
  schedule::duration start_;  ///< the time of CAF's clock when the test began
};

}  // namespace bennu::testing
