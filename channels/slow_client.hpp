#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/runtime/payload.hpp>
#include <bennu/transport/close_code.hpp>
#include <bennu/transport/overflow.hpp>

namespace bennu {

/// What becomes of a channel's pushes and broadcasts while its client reads more slowly than they come. A channel class
/// says so with `handlers::slow_client`:
///
///     on.slow_client(bennu::keep_latest("player").tell("missed"));
///
/// It counts from the moment that `limits::shed_outbox_bytes` or `shed_outbox_messages` wait for the client. What is
/// never dropped: replies, what says that a channel ended, and presence's events, without which a client's list of who
/// is there would stay wrong; of its summaries the newest waits. A value.
class slow_client {
public:
  explicit slow_client(overflow::action what, close_code code = close_code::try_again_later, std::string field = {})
      : what_(what), code_(code), field_(std::move(field)) {}

  /// When the client has caught up it gets `event` with `{"count": n}`: how many messages of the channel it missed.
  slow_client tell(std::string event) && {
    event_ = std::move(event);
    return std::move(*this);
  }

  /// The event of `tell`; empty where the client is not told.
  const std::string& told_as() const noexcept { return event_; }

  /// How one message is dropped.
  /// @param sender tells channels of one client apart; not 0
  overflow rule_for(std::uint64_t sender, std::string_view event, const payload& content) const;

private:
  overflow::action what_;
  close_code code_;
  std::string field_;
  std::string event_;
};

/// The messages wait, up to `limits::max_outbox_bytes` and `max_outbox_messages`; then the connection is closed with
/// `code`. What a class does that says nothing, with 1013. The JavaScript client connects again, unless it is 1000.
inline slow_client close_with(close_code code) { return slow_client{overflow::action::close, code}; }

/// New messages are dropped, what waits stays: for a client that needs the beginning of something.
inline slow_client drop_newest() { return slow_client{overflow::action::drop_newest}; }

/// The oldest message of the channel that waits makes room for the new one: for a feed, of which the end counts.
inline slow_client drop_oldest() { return slow_client{overflow::action::drop_oldest}; }

/// Of messages with the same event (and the same value in the payload's `field`, where one is named) only the newest
/// waits: for states, such as positions or prices.
inline slow_client keep_latest(std::string field = {}) {
  return slow_client{overflow::action::keep_latest, close_code::try_again_later, std::move(field)};
}

}  // namespace bennu
