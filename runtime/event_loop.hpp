#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <sys/epoll.h>

namespace bennu {

/// One I/O thread's loop: file descriptors, timers, tasks from other threads, and what is put off to the end of a turn.
///
/// A turn is: wait for events, handle them, run posted tasks, run due timers, run the turn's actors, then the deferred
/// work. Everything that becomes due to a connection in one turn can so leave in one write at its end. Where a turn
/// leaves much deferred work, what is beyond a limit is done in the next ones, first what was deferred first: what
/// becomes due meanwhile leaves in the same writes, and who has something to say need not wait for all of them.
///
/// Unless it says otherwise, a member may be called by the loop's own thread only (or before `run`).
class event_loop {
public:
  using clock = std::chrono::steady_clock;
  using task = std::function<void()>;
  using timer_id = std::pair<clock::time_point, std::uint64_t>;

  /// Hears of a descriptor's events. The loop does not own it; `unwatch` before it goes away.
  class watcher {
  public:
    /// @param events as epoll reports them: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR, EPOLLRDHUP
    virtual void on_ready(std::uint32_t events) = 0;

  protected:
    ~watcher() = default;
  };

  /// Work put off to the end of the turn, such as a connection's write. Must live until it has run.
  class deferred {
  public:
    virtual void at_turn_end() = 0;

  protected:
    ~deferred() = default;
  };

  /// Runs the actors of this loop. Called once a turn.
  class actor_runner {
  public:
    /// @returns whether actors are left that want to run again: then the loop does not wait for events
    virtual bool run_actors() = 0;

  protected:
    ~actor_runner() = default;
  };

  /// @throws std::system_error where the kernel gives no epoll or eventfd descriptor
  explicit event_loop(std::size_t index);
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Makes a loop the current one of the calling thread while this lives, whether it runs or not. A test that puts a
  /// loop's objects on its own thread uses it without a `run`.
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

  /// The place of this loop among those of its system, from 0.
  std::size_t index() const noexcept { return index_; }

  /// The time at which this turn began; costs nothing.
  clock::time_point now() const noexcept { return now_; }

  /// Level-triggered. @returns false, with errno, where the kernel refuses.
  bool watch(int fd, std::uint32_t events, watcher& who);
  void rewatch(int fd, std::uint32_t events, watcher& who);
  /// After this, no event of this turn reaches `who` either.
  void unwatch(int fd, watcher& who);

  /// Runs `what` on this loop's thread, after what was posted before. Any thread may call.
  void post(task what);

  /// Runs `what` at the end of this turn, or of a later one where much waits. Asked for during that end, it runs in the
  /// same one, or so.
  void defer(deferred& what) { deferred_.push_back(&what); }

  timer_id run_after(clock::duration delay, task what);
  void cancel(const timer_id& id) { timers_.erase(id); }

  /// For tests, which make turns of their own: whether a posted task waits, and to run the one that waits longest.
  bool has_posted() const;
  void run_one_posted();

  /// Runs turns until `stop`; `actors` may be null.
  void run(actor_runner* actors);
  /// Ends `run` after the turn. Any thread may call.
  void stop();

  /// Makes a waiting loop begin a turn. Any thread may call.
  void wake();

private:
  void handle_events(int count);
  void run_posted();
  void run_timers();
  void run_deferred();
  int wait_ms() const;

  std::size_t index_;
  int epoll_ = -1;
  int wakeup_ = -1;
  clock::time_point now_ = clock::now();
  std::vector<epoll_event> events_;
  int next_event_ = 0;
  int event_count_ = 0;
  std::vector<deferred*> deferred_;
  std::size_t deferred_done_ = 0;  ///< those before it have run
  std::map<timer_id, task> timers_;
  std::uint64_t timer_count_ = 0;
  bool busy_ = false;

  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  std::vector<task> posted_;   // guarded by mutex_
  std::vector<task> running_;  // keeps its memory from turn to turn
};

}  // namespace bennu
