#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include <bennu/runtime/event_loop.hpp>

#include <boost/intrusive/list.hpp>

namespace bennu {

/// Finds the connections of one loop that were idle for too long. Activity only sets a time in the connection; the
/// wheel checks that time when the timeout would be over. It turns at most some thirty times in a timeout. To be used,
/// and destroyed, on the loop's thread, unless the loop has ended.
class idle_wheel {
public:
  class item : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    virtual event_loop::clock::time_point last_active() const noexcept = 0;
    /// Called when the item was idle for the whole timeout. It is no longer in the wheel, and may be destroyed.
    virtual void on_idle() = 0;

  protected:
    ~item() = default;
  };

  idle_wheel(event_loop& loop, std::chrono::milliseconds timeout);
  idle_wheel(const idle_wheel&) = delete;
  idle_wheel& operator=(const idle_wheel&) = delete;

  /// The item leaves by itself when it is destroyed, or with `unlink`.
  void add(item& added);

private:
  static constexpr std::size_t ticks_a_timeout = 32;
  static constexpr std::size_t slot_count = ticks_a_timeout * 2;
  using slot = boost::intrusive::list<item, boost::intrusive::constant_time_size<false>>;

  void insert(item& i);
  void tick();
  void schedule();

  event_loop& loop_;
  event_loop::clock::duration timeout_;
  event_loop::clock::duration tick_;
  std::array<slot, slot_count> slots_;
  std::size_t now_ = 0;
  loop_timer next_tick_;  ///< pending while an item is here
};

}  // namespace bennu
