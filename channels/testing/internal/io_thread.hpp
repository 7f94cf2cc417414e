#pragma once

#include <cstddef>
#include <deque>

#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/event_loop.hpp>

namespace bennu::testing {

/// One I/O thread of a server, on the test's thread: each task that was posted to its loop, and each message that one
/// of its actors handles, is a step of the schedule.
///
/// As in production an idle actor handles at once what another one of its thread delivers to it; with a seed it does so
/// at random, and has the message in its mailbox otherwise.
class io_thread final : public schedule::source {
public:
  io_thread(caf::actor_system& actors, std::size_t index, schedule& when);
  ~io_thread() override { pause(); }

  /// It stops where it is, until it goes on.
  void pause() { schedule_.remove(*this); }
  void go_on() { schedule_.add(*this); }

  event_loop& loop() noexcept { return loop_; }
  actor_host& host() noexcept { return host_; }
  void deliver_at_once(bool wanted) noexcept { host_.deliver_at_once(wanted); }

  std::size_t ready() const override;
  void step(std::size_t which) override;

private:
  class actors_here final : public actor_host {
  public:
    using actor_host::actor_host;
    void exec_later(caf::resumable* what) override;
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
class caf_threads final : public schedule::source {
public:
  caf_threads(caf::scheduler::test_coordinator& actors, schedule& when);
  ~caf_threads() override { pause(); }

  void pause();
  void go_on();

  std::size_t ready() const override { return actors_.jobs.size(); }
  void step(std::size_t which) override;

private:
  caf::scheduler::test_coordinator& actors_;
  schedule& schedule_;
};

}  // namespace bennu::testing
