#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bennu {

/// The headers that make a GET request a WebSocket upgrade: for each the values in the order of the request, none if it
/// was not sent.
struct upgrade_headers {
  std::vector<std::string_view> connection;
  std::vector<std::string_view> upgrade;
  std::vector<std::string_view> sec_websocket_key;
  std::vector<std::string_view> sec_websocket_version;
};

/// The reason why a request cannot be upgraded (RFC 6455, section 4.2.1), as a sentence for the answer's body; nothing
/// if it can. As in Phoenix, the key may be any text.
///
/// Phoenix answers 400 in all these cases, with sentences such as `'connection' header must contain 'upgrade', got []`.
/// The answer should name the version that the server speaks: `Sec-WebSocket-Version: 13` (section 4.4).
std::optional<std::string> upgrade_error(const upgrade_headers& headers);

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455, section 4.2.2, 5.4).
std::string websocket_accept(std::string_view key);

}  // namespace bennu
