#include <bennu/channels/internal/admin_check.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace bennu {

namespace {

bool is_loopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

}  // namespace

void check_admin(const config& all, const option_settings& given, const config& defaults) {
  const auto is_given = [&](std::string_view name) {
    return std::any_of(given.of.begin(), given.of.end(), [&](const auto& one) { return one.first->name == name; });
  };
  const bool has_address = defaults.admin || is_given("admin_port") || is_given("admin_socket");
  if (is_given("admin_port") && is_given("admin_socket")) {
    throw std::invalid_argument("--admin-port and --admin-socket exclude each other");
  }
  if (is_given("admin_host") && is_given("admin_socket")) {
    throw std::invalid_argument("--admin-host and --admin-socket exclude each other");
  }
  for (const auto* const name : {"host", "cert", "key", "ca", "keys"}) {
    if (has_address || !is_given(std::string{"admin_"} + name)) continue;
    throw std::invalid_argument(std::string{"--admin-"} + name + " is of use only with --admin-port or --admin-socket");
  }
  if (!all.admin) return;
  const auto& admin = *all.admin;
  if (admin.tls && (admin.tls->certificate.empty() || admin.tls->key.empty())) {
    throw std::invalid_argument("--admin-cert and --admin-key are of use only together, and --admin-ca with them");
  }
  if (!admin.tls && admin.unix_socket.empty() && !all.admin_plain && !is_loopback(admin.host)) {
    throw std::invalid_argument("a listener for operators at " + admin.host +
                                ", which is not loopback, wants TLS: --admin-cert and --admin-key, or --admin-plain");
  }
}

}  // namespace bennu
