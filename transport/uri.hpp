#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// The parts of a URI reference (RFC 3986, section 4.1) that a server decides by. User info and fragment are not among
/// them. A plain value.
struct uri {
  std::string scheme;                 ///< in small letters; empty where there is none
  std::string host;                   ///< in small letters, an IPv6 address without brackets; empty where there is none
  std::optional<std::uint16_t> port;  ///< as written: `effective_port()` knows what the scheme implies
  std::string path;                   ///< still percent-encoded
  std::string query;                  ///< what follows the question mark, still encoded; empty where there is none

  /// The port that is written, or else the scheme's: 80 for http and ws, 443 for https and wss, nothing for others.
  std::optional<std::uint16_t> effective_port() const noexcept;

  friend bool operator==(const uri&, const uri&) = default;
};

/// Takes a URI or a relative reference apart: "https://a.test:8443/b?c=d", "//a.test", "/b?c=d".
///
/// Nothing where it has a character no URI has (spaces, controls, backslashes, bytes above 0x7E and the like), a host
/// or a port that is none, or user info: `http://a.test@b.test` makes one host look like another, and no request and no
/// origin has use for it. Percent escapes are neither decoded nor checked, and a fragment is dropped.
std::optional<uri> parse_uri(std::string_view text);

}  // namespace bennu
