#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

[[noreturn]] void refuse(std::string_view why) {
  throw std::invalid_argument(
      "a Redis server's URL is redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/CLUSTER], or the same with "
      "rediss://, or unix://[[USER]:PASSWORD@]/PATH[?cluster=CLUSTER]: " +
      std::string{why});
}

/// @returns the part before the first `sign`, or all of the text; removes both from the text
std::string_view take_until(std::string_view& text, char sign) {
  const auto at = text.find(sign);
  const auto result = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return result;
}

std::string unescaped(std::string_view text) {
  constexpr int hexadecimal = 16;
  std::string result;
  while (!text.empty()) {
    if (text.front() != '%') {
      result.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    unsigned char code = 0;
    const auto digits = text.substr(1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) {
      refuse("a % is followed by two hexadecimal digits");
    }
    result.push_back(static_cast<char>(code));
    text.remove_prefix(3);
  }
  return result;
}

std::uint16_t read_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    refuse("a port is a number from 1 to 65535");
  }
  return port;
}

redis_address read_address(std::string_view text) {
  redis_address result;
  std::string_view rest;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    if (text.find(']') == std::string_view::npos) refuse("an IPv6 address stands between [ and ]");
    result.host = take_until(text, ']');
    if (!text.empty() && text.front() != ':') refuse("only a port may follow ]");
    rest = text;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    result.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (result.host.empty()) refuse("a host is missing");
  if (!rest.empty()) result.port = read_port(rest.substr(1));
  return result;
}

std::string read_cluster(std::string_view text) {
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!is_printable || text.find('/') != std::string_view::npos) {
    refuse("a cluster's name has no spaces and no further /");
  }
  return std::string{text};
}

/// Removes `[USER]:PASSWORD@` from the text if it is there.
void read_credentials(std::string_view& text, redis_url& into) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return;
  auto credentials = text.substr(0, at);
  text.remove_prefix(at + 1);
  if (credentials.find(':') == std::string_view::npos) refuse("only [USER]:PASSWORD may stand before the @");
  into.user = unescaped(take_until(credentials, ':'));
  into.password = unescaped(credentials);
  if (into.password.empty()) refuse("the password is empty");
}

std::optional<redis_carrier> take_scheme(std::string_view& text) {
  constexpr std::pair<std::string_view, redis_carrier> schemes[] = {
      {"redis://", redis_carrier::tcp}, {"rediss://", redis_carrier::tls}, {"unix://", redis_carrier::unix_socket}};
  for (const auto& [scheme, carrier] : schemes) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    return carrier;
  }
  return std::nullopt;
}

void read_path(std::string_view text, redis_url& into) {
  const auto path = take_until(text, '?');
  if (!path.starts_with('/')) refuse("the path of a Unix socket begins with /");
  into.addresses.push_back({unescaped(path), 0});
  if (text.empty()) return;
  if (take_until(text, '=') != "cluster" || text.empty()) refuse("only cluster=CLUSTER may follow the ?");
  into.cluster = read_cluster(text);
}

void read_hosts(std::string_view text, redis_url& into) {
  auto hosts = take_until(text, '/');
  for (auto comma = hosts.find(','); comma != std::string_view::npos; comma = hosts.find(',')) {
    into.addresses.push_back(read_address(take_until(hosts, ',')));
  }
  into.addresses.push_back(read_address(hosts));
  if (!text.empty()) into.cluster = read_cluster(text);
}

}  // namespace

redis_url parse_redis_url(std::string_view text) {
  redis_url result;
  const auto carrier = take_scheme(text);
  if (!carrier) refuse("it begins with redis://, rediss:// or unix://");
  result.carrier = *carrier;
  read_credentials(text, result);
  if (result.carrier == redis_carrier::unix_socket) {
    read_path(text, result);
  } else {
    read_hosts(text, result);
  }
  return result;
}

std::string to_string(const redis_address& address, redis_carrier carrier) {
  if (carrier == redis_carrier::unix_socket) return address.host;
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

}  // namespace bennu
