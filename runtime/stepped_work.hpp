#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

/// Long work on a loop that is done in small steps, one in each turn: between two steps the loop does its other work,
/// however much such work there is. Several pieces of work take turns.
///
///     work.add([scan = topic_scan{…}]() mutable { return scan.step(); });
///
/// Work that is not done when the object is destroyed is dropped. Unless noted otherwise, the loop's thread only.
class stepped_work {
public:
  /// One step of some work, which should take much less than a millisecond. @returns true if the work is done. Must not
  /// throw
  using step = std::function<bool()>;

  /// @param loop must outlive the object
  explicit stepped_work(event_loop& loop) : loop_(loop), queue_(std::make_shared<std::deque<step>>()) {}

  /// Does some work from the next turn on. Any thread may call, as long as the object exists.
  void add(step work);

private:
  static void run(event_loop& loop, const std::shared_ptr<std::deque<step>>& queue);

  event_loop& loop_;
  const std::shared_ptr<std::deque<step>> queue_;  ///< shared with the task for the next step
};

}  // namespace bennu
