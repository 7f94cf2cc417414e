#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/outbox.hpp>

namespace bennu {

/// A long-poll session as its socket sees it: keeps what is sent until a poll has brought it to the client.
class long_poll_connection final : public connection {
public:
  long_poll_connection(event_loop* home, const bennu::limits& limits) noexcept : connection(home), limits_(limits) {}

  void send(ref<const frame> what) override;
  std::size_t send(ref<const frame> what, const overflow& at_limit) override;
  void pause(bool wanted) override;
  void close(close_code code, exit_reason::kind why) override;

  /// Who is told that there are messages, or that the connection was closed. It is called within `send` and `close`, so
  /// it must call nothing of the socket's.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }

  /// What the client has not got yet, the oldest first.
  std::vector<ref<const frame>> messages() const;
  std::size_t count() const noexcept { return outbox_.messages(); }

  /// The first `count` of them are on their way.
  void hold(std::size_t count) noexcept { outbox_.hold(count); }
  /// The client has got the first `count` of them.
  void drop(std::size_t count) noexcept { outbox_.pop(count); }
  /// Whether messages were dropped since this was asked last, or since any waited.
  bool has_shed() noexcept { return std::exchange(shed_, false); }

  /// Whether the client's messages are to be kept back.
  bool paused() const noexcept { return paused_; }

  /// Why the connection was closed; nothing while it is open.
  std::optional<exit_reason::kind> closed() const noexcept { return closed_; }

private:
  void notify() const {
    if (listener_) listener_();
  }

  void close_if_full(close_code code);

  const limits limits_;
  outbox outbox_;
  bool shed_ = false;
  bool paused_ = false;
  std::optional<exit_reason::kind> closed_;
  std::function<void()> listener_;
};

}  // namespace bennu
