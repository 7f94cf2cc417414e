#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/transport/uri.hpp>

namespace bennu {

/// The target of a request as an origin: `scheme://host:port`.
struct request_origin {
  std::string_view scheme;  ///< "http" or "https", in lower case
  std::string_view
      host;  ///< from the Host header, in the form of `parse_uri`: in lower case, without brackets and port
  std::uint16_t port = 0;  ///< from the Host header, or else the scheme's
};

/// The rule that decides which web pages may open a connection. The Origin header is compared with it, to keep other
/// sites' pages from using their visitors' cookies (cross-site WebSocket hijacking; RFC 6455, section 10.2).
///
///     origin_check::list({"https://example.com", "//other.com:888", "//*.example.org"})
///
/// The rules are Phoenix's (`:check_origin`; lib/phoenix/socket/transport.ex, check_origin and origin_allowed?).
/// A value, copied with its route. `allows` may be called by any thread, if the program's own function may.
class origin_check {
public:
  /// Pages of every origin (`false` in Phoenix).
  static origin_check any();

  /// Pages from this host, of any scheme and port (`true` in Phoenix, with the host of the endpoint's URL).
  /// @throws std::invalid_argument if `host` is empty or more than a host
  static origin_check same_host(std::string_view host);

  /// Pages from one of these. An entry is `[scheme:]//host[:port]`; a part that it leaves out may be anything, but a
  /// scheme implies its port: `https://a.test` is port 443 only. The host `*.a.test` stands for a.test and all hosts
  /// below it; such an entry may leave out the `//`. An empty list refuses all pages.
  /// @throws std::invalid_argument if an entry is not an origin; the text names the entry, and describes the form of
  /// one
  static origin_check list(const std::vector<std::string>& origins);

  /// Pages from the scheme, host and port that the request itself was sent to (`:conn` in Phoenix).
  static origin_check same_request();

  /// Pages for whose origin the function returns true (`{module, function, args}` in Phoenix). It is also called for
  /// origins without a host, but only for URIs. It must be safe to call on every I/O thread at once. If it throws, the
  /// request is answered with 500.
  /// @throws std::invalid_argument if the function is empty
  static origin_check function(std::function<bool(const uri&)> allowed);

  /// True for `same_request`.
  bool is_same_request() const noexcept { return std::holds_alternative<own_request>(rule_); }

  /// Returns true if a connection may be opened.
  ///
  /// Requests without an Origin header come from no web page and pass. Origins without a host ("null", "file://", "")
  /// and invalid origins are refused, except by `any` and, if they are URIs, by `function`.
  /// @param origin the value of the Origin header, nothing if there is none
  bool allows(std::optional<std::string_view> origin, const request_origin& request) const;

private:
  struct anybody {};
  struct one_host {
    std::string host;
  };
  struct pattern {
    std::string scheme;  ///< any if empty
    std::string host;
    bool and_below = false;
    std::optional<std::uint16_t> port;  ///< any if empty
  };
  struct own_request {};
  using predicate = std::function<bool(const uri&)>;
  using rule = std::variant<anybody, one_host, std::vector<pattern>, own_request, predicate>;

  explicit origin_check(rule r) : rule_(std::move(r)) {}

  static pattern parse_pattern(std::string_view entry);
  static bool matches(const pattern& allowed, const uri& origin);

  rule rule_;
};

}  // namespace bennu
