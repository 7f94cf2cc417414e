#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <caf/resumable.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace bennu::testing {

/// Decides what happens next, and what time it is: everything that can happen in a test happens in a step of this
/// schedule.
///
/// Without a seed the order is natural: what arrives comes first, then the actors in the order they became ready, then
/// what waits for the end of a turn. With one, any of what could happen next is picked at random, the same for the same
/// seed.
class schedule {
public:
  using duration = std::chrono::nanoseconds;

  /// Something besides CAF's actors that can have a next step: a connection's direction, for instance.
  class stepper {
  public:
    virtual ~stepper() = default;
    virtual bool ready() const = 0;
    virtual void step() = 0;

  protected:
    enum class turn { before_actors, after_actors };

    explicit stepper(turn when) noexcept : when_(when) {}

  private:
    friend schedule;
    turn when_;
    bool queued_ = false;
    unsigned weight_ = 0;  ///< how likely it is picked; 0: not known yet
  };

  schedule(caf::scheduler::test_coordinator& actors, std::optional<std::uint64_t> seed);

  /// To be called whenever a stepper may have become ready, or may be so no more.
  void update(stepper& which);
  /// It goes away.
  void forget(stepper& which);

  /// Called with each actor, or other job of CAF's scheduler, that is about to run.
  void on_job(std::function<void(caf::resumable&)> observer) { on_job_ = std::move(observer); }

  bool idle() const noexcept { return actors_.jobs.empty() && queue_.empty(); }
  /// @returns false where nothing is left to do
  bool step();
  /// Lets the actor that became ready last run, before all others.
  void run_newest_actor() { run_actor(actors_.jobs.size() - 1); }

  /// Since the test began.
  duration now() const;
  /// Runs `what` when the time has come.
  void run_at(duration when, std::function<void()> what) { timers_.emplace(when, std::move(what)); }
  /// When the next timer is due, or delayed message.
  std::optional<duration> next_due() const;
  /// Makes it `when`, and fires what is due then.
  void jump(duration when);
  /// Drops all timers and delayed messages.
  void cancel_timers();

  bool seeded() const noexcept { return seeded_; }
  /// A number below `n`.
  std::size_t random(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  /// From now on everything that is ready gets its turn, whatever else is ready all the time.
  void be_fair() noexcept { seeded_ = true; }

private:
  static constexpr unsigned full_weight = 16;

  bool step_in_order();
  bool step_at_random();
  void run_actor(std::size_t index);
  void run_stepper(std::size_t index);

  caf::scheduler::test_coordinator& actors_;
  std::mt19937_64 random_;  // its numbers are the same everywhere, those of the standard's distributions are not
  bool seeded_;
  duration start_;
  std::deque<stepper*> queue_;
  std::multimap<duration, std::function<void()>> timers_;
  std::function<void(caf::resumable&)> on_job_;
};

}  // namespace bennu::testing
