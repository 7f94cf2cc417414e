#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace bennu {

class timer_queue;

/// A task that will run once, at its time: the result of `event_loop::after`.
///
/// The holder of this object owns the task. Destroying the object, cancelling it or assigning another one to it
/// destroys the task at once, so a task may safely use the object that has its timer as a member. When the task begins
/// to run, the timer is no longer pending; the task may destroy the timer, or assign a new one to it.
///
/// May be used on the loop's thread only. May outlive the loop; then it is not pending.
class loop_timer {
public:
  loop_timer() noexcept = default;
  loop_timer(loop_timer&& other) noexcept { take(other); }
  loop_timer& operator=(loop_timer&& other) noexcept {
    if (this != &other) {
      cancel();
      take(other);
    }
    return *this;
  }
  ~loop_timer() { cancel(); }

  /// Cancels the task, unless it has run. Takes O(log n) time, where n is the number of pending timers.
  void cancel() noexcept;

  /// True while the task waits for its time.
  bool is_pending() const noexcept { return entry_ != nullptr; }

private:
  friend class timer_queue;
  struct entry;

  explicit loop_timer(entry& pending) noexcept;
  void take(loop_timer& other) noexcept;

  entry* entry_ = nullptr;
};

/// The pending timers of one event loop, ordered by their times. Timers of the same time run in the order in which they
/// were added. Pure data: it uses no clock, and belongs to one thread.
class timer_queue {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using task = std::function<void()>;

  timer_queue() = default;
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;
  /// Drops the tasks that are pending.
  ~timer_queue();

  /// Takes O(log n) time and one allocation.
  [[nodiscard]] loop_timer add(time_point due, task work);

  /// The time at which the first timer is due; nothing if none is pending.
  std::optional<time_point> next_due() const noexcept;

  /// Runs the first timer if it is due. @returns true if it was
  bool run_one(time_point now);

  std::size_t size() const noexcept { return heap_.size(); }

private:
  friend loop_timer;
  using entry = loop_timer::entry;

  std::unique_ptr<entry> remove(std::size_t index) noexcept;
  void place(std::size_t index, entry* e) noexcept;
  std::size_t sift_up(std::size_t index, entry* e) noexcept;
  std::size_t sift_down(std::size_t index, entry* e) noexcept;

  std::vector<entry*> heap_;  ///< a binary heap; each entry is owned, and knows its index
  std::uint64_t added_ = 0;
};

}  // namespace bennu
