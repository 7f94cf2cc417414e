#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>

namespace bennu {

/// A long-poll session as its socket sees it: keeps what is sent until a poll has brought it to the client.
class long_poll_connection final : public connection {
public:
  long_poll_connection(event_loop* home, const bennu::limits& limits) noexcept
      : connection(home), max_bytes_(limits.max_outbox_bytes), max_messages_(limits.max_outbox_messages) {}

  void send(ref<const frame> what) override;
  void close(close_code code, exit_reason::kind why) override;

  /// Who is told that there are messages, or that the connection was closed. It is called within `send` and `close`, so
  /// it must call nothing of the socket's.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }

  /// What the client has not got yet, the oldest first.
  std::span<const ref<const frame>> messages() const noexcept { return messages_; }

  /// The client has got the first `count` of them.
  void drop(std::size_t count);

  /// Why the connection was closed; nothing while it is open.
  std::optional<exit_reason::kind> closed() const noexcept { return closed_; }

private:
  void notify() const {
    if (listener_) listener_();
  }

  std::size_t max_bytes_;
  std::size_t max_messages_;
  std::size_t bytes_ = 0;
  std::vector<ref<const frame>> messages_;
  std::optional<exit_reason::kind> closed_;
  std::function<void()> listener_;
};

}  // namespace bennu
