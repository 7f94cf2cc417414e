#include <bennu/transport/uri.hpp>

#include <algorithm>
#include <charconv>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {
namespace {

constexpr auto npos = std::string_view::npos;

constexpr bool is_alnum(char c) { return is_ascii_alpha(c) || is_ascii_digit(c); }

/// The characters that RFC 3986 allows in any part of a URI (section 2).
constexpr bool is_uri_char(char c) { return c > ' ' && c < 0x7F && std::string_view{"\"<>\\^`{|}"}.find(c) == npos; }

constexpr bool is_scheme_char(char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; }

/// A registered name or an IPv4 address (section 3.2.2), without brackets, colons and at signs.
constexpr bool is_host_char(char c) { return is_alnum(c) || std::string_view{"-._~%!$&'()*+,;="}.find(c) != npos; }

/// The text between the brackets. Addresses of future versions (`[v1.x]`) are refused.
constexpr bool is_ipv6_char(char c) { return is_ascii_hex_digit(c) || c == ':' || c == '.'; }

bool all_of(std::string_view text, bool (*predicate)(char)) { return std::all_of(text.begin(), text.end(), predicate); }

/// Removes and returns the part of `text` before the first of `delimiters`.
std::string_view take_until(std::string_view& text, std::string_view delimiters) {
  const auto head = text.substr(0, text.find_first_of(delimiters));
  text.remove_prefix(head.size());
  return head;
}

bool parse_port(std::string_view digits, uri& out) {
  if (digits.empty()) return true;  // RFC 3986 allows "host:", which has no port
  std::uint16_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stopped != end) return false;
  out.port = port;
  return true;
}

bool parse_authority(std::string_view authority, uri& out) {
  std::string_view host;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == npos) return false;
    host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (host.find(':') == npos || !all_of(host, is_ipv6_char)) return false;
  } else {
    host = take_until(authority, ":");
    if (!all_of(host, is_host_char)) return false;
  }
  out.host = to_ascii_lower(host);
  if (authority.empty()) return true;
  // A port without a host is invalid.
  return !host.empty() && authority.front() == ':' && parse_port(authority.substr(1), out);
}

}  // namespace

std::optional<std::uint16_t> uri::effective_port() const noexcept {
  if (port) return port;
  if (scheme == "http" || scheme == "ws") return std::uint16_t{80};
  if (scheme == "https" || scheme == "wss") return std::uint16_t{443};
  return std::nullopt;
}

std::optional<uri> parse_uri(std::string_view text) {
  if (!all_of(text, is_uri_char)) return std::nullopt;
  uri result;
  text = text.substr(0, text.find('#'));
  // A colon ends a scheme only if none of "/?" comes before it.
  if (const auto end = text.find_first_of(":/?"); end != npos && text[end] == ':') {
    const auto scheme = text.substr(0, end);
    if (scheme.empty() || !is_ascii_alpha(scheme.front()) || !all_of(scheme, is_scheme_char)) return std::nullopt;
    result.scheme = to_ascii_lower(scheme);
    text.remove_prefix(end + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    if (!parse_authority(take_until(text, "/?"), result)) return std::nullopt;
  }
  result.path = take_until(text, "?");
  if (!text.empty()) result.query = text.substr(1);
  return result;
}

}  // namespace bennu
