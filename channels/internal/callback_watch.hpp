#pragma once

#include <chrono>
#include <string_view>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/internal/callback.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/runtime/event_loop.hpp>

namespace bennu {

/// Lives as long as a callback of a channel runs. A callback that occupied its I/O thread for longer than
/// `limits::slow_callback` is counted, and logged with advice.
///
/// It reads a clock that ticks every few milliseconds, which costs a message only a few nanoseconds.
class callback_watch {
public:
  using clock = std::chrono::steady_clock;

  /// @param event see `describe`. All parameters must outlive this
  callback_watch(const socket_context& where, const channel_class& of, const channel& whose, callback which,
                 std::string_view event)
      : context_(where), class_(of), channel_(whose), callback_(which), event_(event) {
    if (is_on()) began_ = now();
  }
  ~callback_watch() {
    if (!is_on()) return;
    const auto took = now() - began_;
    if (took > context_.limits.slow_callback) [[unlikely]]
      report(took);
  }
  callback_watch(const callback_watch&) = delete;
  callback_watch& operator=(const callback_watch&) = delete;

private:
  bool is_on() const noexcept { return context_.limits.slow_callback.count() > 0; }
  clock::time_point now() const noexcept { return context_.client->home()->coarse_now(); }
  void report(clock::duration took) const noexcept;

  const socket_context& context_;
  const channel_class& class_;
  const channel& channel_;
  callback callback_;
  std::string_view event_;
  clock::time_point began_;
};

}  // namespace bennu
