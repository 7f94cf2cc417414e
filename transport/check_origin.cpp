#include <bennu/transport/check_origin.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bennu {
namespace {

[[noreturn]] void refuse(std::string_view function, std::string_view got, std::string_view expected) {
  throw std::invalid_argument(std::string{function} + " \"" + std::string{got} + "\": expected " +
                              std::string{expected});
}

constexpr std::string_view origin_forms =
    "an origin with a host and no path, such as \"https://example.com\" (port 443 only), \"//example.com\" (any scheme "
    "and port), \"//example.com:888\" or \"//*.example.com\" (example.com and all hosts below it)";

bool is_below(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

origin_check origin_check::any() { return origin_check{anybody{}}; }

origin_check origin_check::same_host(std::string_view host) {
  const bool is_bare_ipv6 = !host.starts_with('[') && std::count(host.begin(), host.end(), ':') > 1;
  const auto text = is_bare_ipv6 ? "//[" + std::string{host} + "]" : "//" + std::string{host};
  auto parsed = parse_uri(text);
  const bool is_host = parsed && !parsed->host.empty() && parsed->host.find('*') == std::string::npos;
  if (!is_host || parsed->port || !parsed->path.empty() || !parsed->query.empty()) {
    refuse("origin_check::same_host", host,
           "a host alone, such as \"example.com\", without scheme, port, path and wildcard");
  }
  return origin_check{one_host{std::move(parsed->host)}};
}

origin_check origin_check::list(const std::vector<std::string>& origins) {
  std::vector<pattern> patterns;
  patterns.reserve(origins.size());
  for (const auto& entry : origins) patterns.push_back(parse_pattern(entry));
  return origin_check{std::move(patterns)};
}

origin_check origin_check::same_request() { return origin_check{own_request{}}; }

origin_check origin_check::function(std::function<bool(const uri&)> allowed) {
  if (!allowed) throw std::invalid_argument("origin_check::function: expected a function, got an empty one");
  return origin_check{std::move(allowed)};
}

origin_check::pattern origin_check::parse_pattern(std::string_view entry) {
  const auto parsed = parse_uri(entry.starts_with("*.") ? "//" + std::string{entry} : std::string{entry});
  if (!parsed || !(parsed->path.empty() || parsed->path == "/") || !parsed->query.empty()) {
    refuse("origin_check::list", entry, origin_forms);
  }
  std::string_view host = parsed->host;
  const bool and_below = host.starts_with("*.");
  if (and_below) host.remove_prefix(2);
  if (host.empty() || host.find('*') != std::string_view::npos) refuse("origin_check::list", entry, origin_forms);
  return {parsed->scheme, std::string{host}, and_below, parsed->effective_port()};
}

bool origin_check::matches(const pattern& allowed, const uri& origin) {
  return (allowed.scheme.empty() || allowed.scheme == origin.scheme) &&
         (!allowed.port || allowed.port == origin.effective_port()) &&
         (allowed.host == origin.host || (allowed.and_below && is_below(origin.host, allowed.host)));
}

bool origin_check::allows(std::optional<std::string_view> origin, const request_origin& request) const {
  if (!origin || std::holds_alternative<anybody>(rule_)) return true;
  const auto parsed = parse_uri(*origin);
  if (!parsed) return false;
  if (const auto* allowed = std::get_if<predicate>(&rule_)) return (*allowed)(*parsed);
  if (parsed->host.empty()) return false;
  if (const auto* allowed = std::get_if<one_host>(&rule_)) return parsed->host == allowed->host;
  if (const auto* patterns = std::get_if<std::vector<pattern>>(&rule_)) {
    return std::any_of(patterns->begin(), patterns->end(), [&](const pattern& p) { return matches(p, *parsed); });
  }
  return parsed->scheme == request.scheme && parsed->host == request.host && parsed->effective_port() == request.port;
}

}  // namespace bennu
