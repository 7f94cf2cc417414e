#pragma once

#include <cstdint>

namespace bennu {

/// The reason in a WebSocket's close frame (RFC 6455, section 7.4.1, and the IANA registry of close codes).
///
/// A value of this type may also hold another code, such as one of an application's own (4000-4999).
///
/// The Phoenix JavaScript client does not reconnect after `normal` (assets/js/phoenix/socket.js, onConnClose). Close
/// with it only if the client should stay away.
enum class close_code : std::uint16_t {
  normal = 1000,            ///< the connection is no longer needed; the JavaScript client does not reconnect
  going_away = 1001,        ///< the server ends the connection: disconnected on purpose, or idle for too long
  protocol_error = 1002,    ///< the peer violated RFC 6455
  invalid_payload = 1007,   ///< text that is not UTF-8
  policy_violation = 1008,  ///< the peer violated a rule that no other code names
  too_big = 1009,           ///< a frame or message over its limit
  internal_error = 1011,    ///< a fault on the server, or a malformed message
  service_restart = 1012,   ///< the server drains: reconnect, with a random delay
  try_again_later = 1013    ///< overloaded: reconnect later
};

}  // namespace bennu
