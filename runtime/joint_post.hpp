#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

/// Tasks for several loops that are posted in one step: no loop runs its task before every loop has its own. So a
/// task that one of these tasks posts to another loop runs there after that loop's own task of the same step.
class joint_post {
public:
  /// Adds a task. Loops must be added in ascending order of `event_loop::index`, each at most once: so two threads that
  /// post at the same time cannot wait for each other.
  template <class Work>
  void add(event_loop& to, Work&& work) {
    if (entries_.empty()) entries_.reserve(usual_loops);
    entries_.emplace_back(to, std::forward<Work>(work));
  }

  /// Posts the tasks, once. Any thread may call.
  /// @param also is called in the same step, before any of the tasks runs. It must not post to any loop.
  template <class Also>
  void post(const Also& also) {
    if (entries_.empty()) return also();
    for (auto& one : entries_) one.push();
    also();
    entries_.clear();
  }

private:
  /// Holds the lock of its loop's queue from `push` until it is destroyed, which wakes the loop.
  class entry {
  public:
    template <class Work>
    entry(event_loop& to, Work&& work) : loop_(&to), work_(std::forward<Work>(work)) {}
    entry(entry&& other) noexcept
        : loop_(other.loop_), work_(std::move(other.work_)), queue_(std::exchange(other.queue_, std::nullopt)) {}
    entry& operator=(entry&&) = delete;
    ~entry();
    void push();

  private:
    event_loop* loop_;
    event_loop::task work_;
    std::optional<decltype(loop_->posted_.lock())> queue_;
    bool was_idle_ = false;
  };

  static constexpr std::size_t usual_loops = 8;

  std::vector<entry> entries_;
};

}  // namespace bennu
