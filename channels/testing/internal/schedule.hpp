#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace bennu::testing {

/// Decides the next step of a test, and its time. Everything in a test happens in a step of this schedule.
///
/// Without a seed the order is that of a server's turns: first arrivals, then the work of the threads, then work that
/// is deferred to the end of a turn. With a seed, the next step is chosen at random among the possible ones; the same
/// seed chooses the same steps.
class schedule {
public:
  using duration = std::chrono::nanoseconds;

  /// The relative probability of a stepper. Some steppers are slow during a whole test, because steps that are only a
  /// little late would not find enough faults.
  using weight = unsigned;

  /// An object with one next step, such as one direction of a connection.
  class stepper {
  public:
    virtual ~stepper() = default;
    virtual bool ready() const = 0;
    virtual void step() = 0;

  protected:
    enum class turn { before_threads, after_threads };

    explicit stepper(turn when) noexcept : when_(when) {}

  private:
    friend schedule;
    turn when_;
    bool queued_ = false;
    bool stalled_ = false;
    weight weight_ = 0;  ///< 0 while it is not known
  };

  /// An object with many next steps, such as the tasks and actors of a thread. It stores them itself, and is asked
  /// before each step.
  class source {
  public:
    virtual ~source() = default;
    /// The number of possible next steps.
    virtual std::size_t ready() const = 0;
    /// Takes one of them. 0 is the first in the order of a server.
    virtual void step(std::size_t which) = 0;

  private:
    friend schedule;
    weight weight_ = 0;
  };

  /// An object with timers of its own, such as an event loop. It is told the time.
  class clock {
  public:
    virtual ~clock() = default;
    /// The time at which its first timer is due, since the test began; nothing if it has none, or if all are due
    /// already.
    virtual std::optional<duration> next_due() const = 0;
    /// Sets the time: the timers that are due become steps.
    virtual void set_time(duration now) = 0;
    /// Drops the timers that would run after the end of the test.
    virtual void cancel_timers() = 0;
  };

  explicit schedule(std::optional<std::uint64_t> seed);

  /// Must be called whenever a stepper may have become ready, or may no longer be ready.
  void update(stepper& which);
  /// Removes a stepper.
  void forget(stepper& which);
  /// Adds an object that has its turn when no other step is possible.
  void stall(stepper& which) { which.stalled_ = true; }

  void add(source& which);
  void remove(source& which);

  void add(clock& which);
  void remove(clock& which);

  bool idle() const;
  /// @returns false if no step is possible
  bool step();
  /// The number of steps so far.
  std::uint64_t steps() const noexcept { return steps_; }
  /// Called before each step that is chosen at random.
  void before_step(std::function<void()> task) { before_step_ = std::move(task); }

  /// The time since the test began.
  duration now() const noexcept { return now_; }
  /// The same time for steady clocks.
  std::chrono::steady_clock::time_point time() const noexcept { return std::chrono::steady_clock::time_point{now_}; }
  /// Runs a task at a time.
  void run_at(duration when, std::function<void()> task) { timers_.emplace(when, std::move(task)); }
  /// The time of the next timer or delayed message.
  std::optional<duration> next_due() const;
  /// Sets the time, and fires the timers that are due then.
  void jump(duration when);
  /// Drops all timers and delayed messages.
  void cancel_timers();

  bool seeded() const noexcept { return seeded_; }
  /// A random number below `n`.
  std::size_t random(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  /// From now on every ready object gets its turn, even if others are ready all the time.
  void be_fair();

private:
  weight pick_weight();
  std::size_t total_weight() const;
  bool step_in_order();
  bool step_at_random();
  void run(std::size_t index);

  std::mt19937_64 random_;  // its numbers are the same on all platforms; those of the standard's distributions are not
  bool seeded_;
  duration now_{0};
  std::uint64_t steps_ = 0;
  std::deque<stepper*> queue_;
  std::vector<source*> sources_;
  std::vector<clock*> clocks_;
  std::multimap<duration, std::function<void()>> timers_;
  std::function<void()> before_step_;
};

}  // namespace bennu::testing
