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

/// Decides what happens next, and what time it is: everything that can happen in a test happens in a step of this
/// schedule.
///
/// Without a seed the order is natural, that of a server's turns: arrivals come first, then the work of the threads,
/// then the work that is put off to the end of a turn. With a seed, any step that is possible next is picked at random;
/// the same seed picks the same.
class schedule {
public:
  using duration = std::chrono::nanoseconds;

  /// How likely something is picked, against others. Some things are slow for all of a test: what is only ever a little
  /// late is not late enough.
  using weight = unsigned;

  /// Something with one next step: a connection's direction, for instance.
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
    weight weight_ = 0;  ///< 0: not known yet
  };

  /// Something with many next steps: the tasks and actors of a thread. Its own, not the schedule's, to keep; it is
  /// asked before each step.
  class source {
  public:
    virtual ~source() = default;
    /// How many steps it could take next.
    virtual std::size_t ready() const = 0;
    /// Takes one of them. 0 is the one that is next in the natural order.
    virtual void step(std::size_t which) = 0;

  private:
    friend schedule;
    weight weight_ = 0;
  };

  /// Something that has timers of its own, such as an event loop. It is told what time it is.
  class clock {
  public:
    virtual ~clock() = default;
    /// When its first timer is due, since the test began; nothing if it has none, or if all of them are due already.
    virtual std::optional<duration> next_due() const = 0;
    /// It is `now`: the timers that are due become steps.
    virtual void set_time(duration now) = 0;
    /// Drops its timers, as far as they would run after the test's end.
    virtual void cancel_timers() = 0;
  };

  explicit schedule(std::optional<std::uint64_t> seed);

  /// To be called whenever a stepper may have become ready, or may be so no more.
  void update(stepper& which);
  /// It goes away.
  void forget(stepper& which);
  /// It has its turn when nothing else can happen any more.
  void stall(stepper& which) { which.stalled_ = true; }

  void add(source& which);
  void remove(source& which);

  void add(clock& which);
  void remove(clock& which);

  bool idle() const;
  /// @returns false where nothing is left to do
  bool step();
  /// How many steps were taken.
  std::uint64_t steps() const noexcept { return steps_; }
  /// Called before each step that is picked at random.
  void before_step(std::function<void()> what) { before_step_ = std::move(what); }

  /// Since the test began.
  duration now() const noexcept { return now_; }
  /// The same, as what measures time wants it.
  std::chrono::steady_clock::time_point time() const noexcept { return std::chrono::steady_clock::time_point{now_}; }
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
  void be_fair();

private:
  weight pick_weight();
  std::size_t total_weight() const;
  bool step_in_order();
  bool step_at_random();
  void run(std::size_t index);

  std::mt19937_64 random_;  // its numbers are the same everywhere, those of the standard's distributions are not
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
