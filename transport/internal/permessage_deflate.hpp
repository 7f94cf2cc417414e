#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bennu {

/// Answers a client that offers to compress messages (RFC 7692): returns the first acceptable offer (section 5.1), as
/// the value of the answer's Sec-WebSocket-Extensions. Returns nothing if there is none, or if the header is malformed:
/// the connection continues without compression.
///
/// Both sides always compress each message by itself (`no_context_takeover`), so a connection keeps no window, and a
/// broadcast is compressed once for all clients. The server always compresses with a window of 15 bits, and skips an
/// offer that asks it for another. It also skips an offer with an unknown parameter, a repeated one, or one with an
/// invalid value. The client may compress with any window, because inflating with 15 bits reads them all.
/// @param offered the values of the request's Sec-WebSocket-Extensions headers
std::optional<std::string> accept_permessage_deflate(std::span<const std::string_view> offered);

}  // namespace bennu
