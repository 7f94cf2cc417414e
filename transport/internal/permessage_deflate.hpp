#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bennu {

/// Answers a client that offers to compress messages (RFC 7692): with the first of its offers that we can keep (section
/// 5.1), as the value of the answer's Sec-WebSocket-Extensions. Nothing where there is none, or the header is
/// malformed: the connection goes on without compression.
///
/// Both sides always compress each message by itself (`no_context_takeover`): a connection then keeps no window, and a
/// broadcast is compressed once for all. So we always compress with a window of 15 bits, and an offer that wants
/// another from us is passed over; as is one that has a parameter RFC 7692 does not know, one twice, or one with a bad
/// value. The window that the client compresses with is left to it: we inflate with 15 bits, which can read all others.
/// @param offered the values of the request's Sec-WebSocket-Extensions headers
std::optional<std::string> accept_permessage_deflate(std::span<const std::string_view> offered);

}  // namespace bennu
