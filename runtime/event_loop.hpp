#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <sys/epoll.h>

namespace bennu {

/// The loop of one I/O thread: file descriptors, timers, tasks from other threads, and work deferred to the end of a
/// turn.
///
/// In a turn the loop does the following, in this order: wait for events, handle them, run posted tasks, run due
/// timers, run the turn's actors, then the deferred work. So all messages that become due to a connection in one turn
/// leave in one write at its end. If a turn has much deferred work, the part beyond a limit is done in the next turns,
/// in order: messages that become due meanwhile leave in the same writes, and the loop's other work does not wait for
/// all of it.
///
/// Unless noted otherwise, only the loop's own thread may call a member (or any thread before `run`).
class event_loop {
public:
  using clock = std::chrono::steady_clock;
  using task = std::function<void()>;

  /// Receives a descriptor's events. The loop does not own it. Call `unwatch` before it is destroyed.
  class watcher {
  public:
    /// @param events as epoll reports them: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR, EPOLLRDHUP
    virtual void on_ready(std::uint32_t events) = 0;

  protected:
    ~watcher() = default;
  };

  /// Work that is deferred to the end of the turn, such as a connection's write. Must live until it has run.
  class deferred {
  public:
    virtual void at_turn_end() = 0;

  protected:
    ~deferred() = default;
  };

  /// Runs the actors of this loop. Called once a turn.
  class actor_runner {
  public:
    /// @returns true if actors are left that want to run again; the loop then does not wait for events
    virtual bool run_actors() = 0;

  protected:
    ~actor_runner() = default;
  };

  /// The clock that a loop's timers follow. `manual` is for tests: time stands still until `set_time`.
  enum class clock_source : std::uint8_t { system, manual };

  /// @param index see `index`
  /// @throws std::system_error if the kernel gives no epoll or eventfd descriptor
  explicit event_loop(std::size_t index, clock_source source = clock_source::system);
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Makes a loop the current one of the calling thread while this lives, even if the loop does not run. Tests use it
  /// to have a loop's objects on their own thread.
  class scope {
  public:
    explicit scope(event_loop& loop) noexcept;
    ~scope();
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

  private:
    event_loop* outer_;
  };

  /// The loop that runs on the calling thread, or null.
  static event_loop* current() noexcept;
  bool is_current() const noexcept { return current() == this; }

  /// The index of this loop among those of its system, from 0.
  std::size_t index() const noexcept { return index_; }

  /// The time at which this turn began. Has no cost.
  clock::time_point now() const noexcept { return now_; }
  /// The time since when the loop has been busy with its present turn; nothing while it waits for events. Any thread
  /// may call.
  std::optional<clock::time_point> busy_since() const noexcept;
  /// The present time, at most a few milliseconds late. Costs a few nanoseconds.
  clock::time_point coarse_now() const noexcept;

  /// Calls `receiver` for the descriptor's events, for as long as they last (level-triggered). A `loop_watch` does this
  /// for an object that changes the events often.
  /// @returns false, with errno, if the kernel refuses
  bool watch(int fd, std::uint32_t events, watcher& receiver);
  bool rewatch(int fd, std::uint32_t events, watcher& receiver);
  /// Ends the calls of `receiver`, including those for events of this turn.
  void unwatch(int fd, watcher& receiver);

  /// Runs `work` on this loop's thread, after earlier posted tasks. Any thread may call.
  void post(task work);

  /// Runs `work` at the end of this turn, or of a later one if much work is deferred. The same holds for work that is
  /// deferred at the end of a turn.
  void defer(deferred& work) { deferred_.push_back(&work); }

  /// Runs `work` on this loop's thread once `delay` has passed, unless the result is cancelled or destroyed before. A
  /// delay of more than 100 years counts as 100 years.
  ///
  ///     timeout_ = loop.after(std::chrono::seconds{5}, [this] { close(); });
  [[nodiscard]] loop_timer after(clock::duration delay, task work);

  // -- for tests, which run single steps ------------------------------------------------------------------------------

  /// True if a posted task waits. `run_one_posted` runs the one that has waited longest.
  bool has_posted() const;
  void run_one_posted();
  /// Sets the time of a loop with a manual clock. Timers that are due then run by `run_one_timer`.
  void set_time(clock::time_point now) noexcept { now_ = now; }
  /// The time at which the first timer of `after` is due; nothing if there is none.
  std::optional<clock::time_point> next_timer() const noexcept { return timers_.next_due(); }
  /// Runs the first timer of `after` if it is due by `now`. @returns true if it was
  bool run_one_timer() { return timers_.run_one(now_); }

  /// Runs turns until `stop`; `actors` may be null.
  void run(actor_runner* actors);
  /// Ends `run` after the turn. Any thread may call.
  void stop();

  /// Makes a waiting loop begin a turn. Any thread may call.
  void wake();

private:
  friend class joint_post;
  static constexpr auto is_waiting = clock::time_point::max();
  void handle_events(int count);
  void run_posted();
  void run_timers();
  void run_deferred();
  clock::time_point time() const noexcept { return is_manual_ ? now_ : clock::now(); }
  int wait_ms() const;

  std::size_t index_;
  const bool is_manual_;
  unique_fd epoll_;
  unique_fd wakeup_;
  clock::time_point now_;
  std::atomic<clock::time_point> busy_since_ = is_waiting;
  std::vector<epoll_event> events_;
  int next_event_ = 0;
  int event_count_ = 0;
  std::vector<deferred*> deferred_;
  std::size_t deferred_done_ = 0;  ///< the index of the first one that has not run
  timer_queue timers_;
  bool busy_ = false;

  std::atomic<bool> stopped_ = false;
  guarded<std::vector<task>> posted_;
  std::vector<task> running_;     // reused in each turn, to keep its memory
  std::size_t running_done_ = 0;  ///< number of begun tasks in `running_`
};

}  // namespace bennu
