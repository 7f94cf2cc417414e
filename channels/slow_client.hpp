#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/runtime/payload.hpp>
#include <bennu/transport/close_code.hpp>
#include <bennu/transport/overflow.hpp>

namespace bennu {

/// The policy for a channel's pushes and broadcasts if the client reads more slowly than they are sent. A channel class
/// sets it with `handlers::slow_client`:
///
///     on.slow_client(bennu::keep_latest("player").tell("missed"));
///
/// The policy applies while `limits::shed_outbox_bytes` or `shed_outbox_messages` wait for the client. Replies, the
/// events that end a channel, and presence's diffs are never dropped, because without a diff the client's list of
/// presences would stay wrong. Of presence's summaries, only the newest waits. An object of this class is a value.
class slow_client {
public:
  explicit slow_client(overflow::action action, close_code code = close_code::try_again_later, std::string field = {})
      : action_(action), code_(code), field_(std::move(field)) {}

  /// Sends the client `event` with `{"count": n}` when it has caught up, where n is the number of the channel's
  /// messages that it missed.
  slow_client tell(std::string event) && {
    event_ = std::move(event);
    return std::move(*this);
  }

  /// True for `catch_up`.
  bool catches_up() const noexcept { return catches_up_; }

  /// The event of `tell`; empty if the client is not told.
  const std::string& told_as() const noexcept { return event_; }

  /// The rule by which one message is dropped.
  /// @param sender identifies the channel among those of one client; not 0
  overflow rule_for(std::uint64_t sender, std::string_view event, const payload& content) const;

private:
  friend slow_client catch_up();

  overflow::action action_;
  close_code code_;
  std::string field_;
  std::string event_;
  bool catches_up_ = false;
};

/// The messages wait, up to `limits::max_outbox_bytes` and `max_outbox_messages`; then the connection is closed with
/// `code`. This is the default of a class without a policy, with 1013. The JavaScript client connects again, unless the
/// code is 1000.
inline slow_client close_with(close_code code) { return slow_client{overflow::action::close, code}; }

/// Drops new messages, and keeps those that wait: for clients that need the beginning of a sequence.
inline slow_client drop_newest() { return slow_client{overflow::action::drop_newest}; }

/// A new message replaces the channel's oldest waiting one: for feeds in which the newest entries matter.
inline slow_client drop_oldest() { return slow_client{overflow::action::drop_oldest}; }

/// A new message replaces those with the same event, and with the same value in the payload's `field` if one is given:
/// for states, such as positions or prices.
inline slow_client keep_latest(std::string field = {}) {
  return slow_client{overflow::action::keep_latest, close_code::try_again_later, std::move(field)};
}

/// For a class that keeps history: no more broadcasts are queued for the client. When it has read those that wait, it
/// gets the others from the history of the topic, in order, each once. If some are gone by then, it is told with the event
/// `$history`. So a slow client costs no more memory than `limits::shed_outbox_*`, and stays connected. For a client that
/// joined without asking for history, this is the same as the default.
inline slow_client catch_up() {
  slow_client policy{overflow::action::close};
  policy.catches_up_ = true;
  return policy;
}

}  // namespace bennu
