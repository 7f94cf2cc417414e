#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bennu {

/// What was agreed on how messages are compressed (RFC 7692). Both sides always compress each message by itself
/// (`no_context_takeover`): a connection then keeps no window, and a broadcast is compressed once for all.
struct permessage_deflate {
  /// What we compress with at most: 9 to 15, as zlib's windowBits. Nothing where the client did not limit it, so 15.
  std::optional<int> server_max_window_bits;

  /// The value of the answer's Sec-WebSocket-Extensions.
  std::string answer() const;
};

/// Takes the first of the client's offers that we can keep (RFC 7692, section 5.1). Nothing where there is none, or the
/// header is malformed: the connection goes on without compression.
///
/// An offer is passed over where it has a parameter that RFC 7692 does not know, one twice, or one with a bad value,
/// and where it wants a window of 8 bits from us, which zlib does not have. The window that the client compresses with
/// is left to it: we inflate with 15 bits, which can read all others.
/// @param offered the values of the request's Sec-WebSocket-Extensions headers
std::optional<permessage_deflate> choose_permessage_deflate(std::span<const std::string_view> offered);

}  // namespace bennu
