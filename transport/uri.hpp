#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// The parts of a URI reference (RFC 3986, section 4.1) that a server uses, without user info and fragment. A plain
/// value.
struct uri {
  std::string scheme;                 ///< in lower case; empty if there is none
  std::string host;                   ///< in lower case, an IPv6 address without brackets; empty if there is none
  std::optional<std::uint16_t> port;  ///< as written; `effective_port()` applies the default of the scheme
  std::string path;                   ///< still percent-encoded
  std::string query;                  ///< the part after the question mark, still encoded; empty if there is none

  /// The written port, or else the default of the scheme: 80 for http and ws, 443 for https and wss, none for others.
  std::optional<std::uint16_t> effective_port() const noexcept;

  friend bool operator==(const uri&, const uri&) = default;
};

/// Parses a URI or a relative reference: "https://a.test:8443/b?c=d", "//a.test", "/b?c=d".
///
/// Returns nothing if the text has a character that a URI cannot have (spaces, controls, backslashes, bytes above 0x7E
/// and others), an invalid host or port, or user info: `http://a.test@b.test` makes one host look like another, and no
/// request and no origin needs it. Percent escapes are neither decoded nor checked, and a fragment is dropped.
std::optional<uri> parse_uri(std::string_view text);

}  // namespace bennu
