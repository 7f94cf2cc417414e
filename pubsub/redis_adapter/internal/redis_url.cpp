#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

[[noreturn]] void refuse(std::string_view why) {
  throw std::invalid_argument("a Redis server's URL is redis://[[USER]:PASSWORD@]HOST[:PORT][/CLUSTER]: " +
                              std::string{why});
}

/// What is before the first `sign`, or all of it; takes both away.
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

std::uint16_t port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    refuse("a port is a number from 1 to 65535");
  }
  return port;
}

void read_host(std::string_view text, redis_url& to) {
  std::string_view rest;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    if (text.find(']') == std::string_view::npos) refuse("an IPv6 address stands between [ and ]");
    to.host = take_until(text, ']');
    if (!text.empty() && text.front() != ':') refuse("what follows ] is a port");
    rest = text;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    to.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (to.host.empty()) refuse("the host is missing");
  if (!rest.empty()) to.port = port_of(rest.substr(1));
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

redis_url parse_redis_url(std::string_view text) {
  constexpr std::string_view plain = "redis://";
  constexpr std::string_view secure = "rediss://";
  redis_url result;
  result.tls = text.starts_with(secure);
  if (!result.tls && !text.starts_with(plain)) refuse("it begins with redis:// or rediss://");
  text.remove_prefix(result.tls ? secure.size() : plain.size());
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    auto who = text.substr(0, at);
    text.remove_prefix(at + 1);
    if (who.find(':') == std::string_view::npos) refuse("what is before the @ is [USER]:PASSWORD");
    result.user = unescaped(take_until(who, ':'));
    result.password = unescaped(who);
    if (result.password.empty()) refuse("the password is empty");
  }
  read_host(take_until(text, '/'), result);
  if (!text.empty()) result.cluster = text;
  if (!is_printable(result.cluster) || result.cluster.find('/') != std::string::npos) {
    refuse("a cluster's name has no spaces and no further /");
  }
  return result;
}

std::string address_of(const redis_url& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + url.host + ']' : url.host) + ':' + std::to_string(url.port);
}

}  // namespace bennu
