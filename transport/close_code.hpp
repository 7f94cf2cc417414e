#pragma once

#include <cstdint>

namespace bennu {

/// Why a WebSocket is closed, as its close frame says it (RFC 6455, section 7.4.1, and the IANA registry of close
/// codes).
///
/// A value of this type may hold any other code as well, such as one of an application's own (4000-4999).
///
/// The Phoenix JavaScript client does not reconnect after `normal` (assets/js/phoenix/socket.js, onConnClose): close
/// with it only where the client shall stay away.
enum class close_code : std::uint16_t {
  normal = 1000,            ///< the purpose is fulfilled; the JavaScript client stays away
  going_away = 1001,        ///< this end leaves: disconnected on purpose, or idle for too long
  protocol_error = 1002,    ///< the peer broke RFC 6455
  invalid_payload = 1007,   ///< text that is not UTF-8
  policy_violation = 1008,  ///< the peer broke a rule of ours that no other code names
  too_big = 1009,           ///< a frame or message over its limit
  internal_error = 1011,    ///< a fault on the server, or a message it could not make sense of
  service_restart = 1012,   ///< the server drains: reconnect, with a random delay
  try_again_later = 1013    ///< overloaded: reconnect later
};

}  // namespace bennu
