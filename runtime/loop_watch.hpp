#pragma once

#include <cstdint>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

/// The watch of an event loop over one descriptor. It knows the events that it watches for, so setting the same ones
/// again costs no system call, and it ends when it is destroyed. Declare it after the descriptor, so that it ends
/// before the descriptor is closed.
///
///     watch_.set(socket_.get(), out_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
///
/// May be used on the loop's thread only.
class loop_watch {
public:
  /// @param receiver gets the events. Both references must outlive this.
  loop_watch(event_loop& loop, event_loop::watcher& receiver) noexcept : loop_(loop), receiver_(receiver) {}
  ~loop_watch() { end(); }
  loop_watch(const loop_watch&) = delete;
  loop_watch& operator=(const loop_watch&) = delete;

  /// Watches a descriptor for `events` from now on, and for no others. Ends the watch if `events` is 0, or if the
  /// kernel refuses.
  /// @returns false, with errno, if the kernel refuses
  bool set(int descriptor, std::uint32_t events);

  /// Ends the watch, also for events of this turn. Must be called before the descriptor is closed.
  void end();

  /// The events that are watched for; 0 if there is no watch.
  std::uint32_t events() const noexcept { return events_; }

private:
  event_loop& loop_;
  event_loop::watcher& receiver_;
  int descriptor_ = -1;
  std::uint32_t events_ = 0;
};

}  // namespace bennu
