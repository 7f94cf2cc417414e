#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/outbox.hpp>

namespace bennu {

/// A long-poll session from the view of its socket: keeps messages until polls have delivered them to the client.
class long_poll_connection final : public connection {
public:
  /// @param limits must live until this is closed
  long_poll_connection(event_loop* home, const bennu::limits& limits) noexcept : connection(home), outbox_(limits) {}

  using connection::send;
  std::size_t send(ref<const frame> message, const overflow& rule) override;
  bool has_room() override { return outbox_.has_room(); }
  void await_sent() override { outbox_.await_empty(); }
  void pause(bool wanted) override;
  void close(close_code code, exit_reason::kind why) override;

  std::string_view transport() const noexcept override { return "longpoll"; }
  std::size_t waiting_bytes() const noexcept override { return outbox_.bytes(); }

  /// Sets the function that is called when the connection was closed or resumed, and when there are messages that a
  /// poll waits for. It is called within `send`, `pause` and `close`, so it must not call the socket.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }
  /// True if a poll waits for messages.
  void await_messages(bool wanted) noexcept { awaited_ = wanted; }

  /// The messages that the client has not received yet.
  outbox& due() noexcept { return outbox_; }

  /// True if the client's messages must be held back.
  bool is_paused() const noexcept { return life_ == life::paused; }
  /// The reason for which the connection was closed; nothing while it is open.
  std::optional<exit_reason::kind> closed() const noexcept {
    return life_ == life::closed ? std::optional{why_} : std::nullopt;
  }

private:
  enum class life : std::uint8_t { open, paused, closed };

  void notify() const {
    if (listener_) listener_();
  }

  outbox outbox_;
  std::function<void()> listener_;
  life life_ = life::open;
  exit_reason::kind why_{};  ///< valid once it is closed
  bool awaited_ = false;
};

}  // namespace bennu
