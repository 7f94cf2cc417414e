#include <filesystem>
#include <string>
#include <utility>

#include <bennu/channels/admin/internal/api_keys.hpp>
#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_value.hpp>

namespace bennu {

namespace {

using values = std::vector<std::string>;

constexpr std::uint64_t max_port = 65'535;
constexpr std::string_view group = "a listener for operators";

/// The defaults may have such a listener.
listener_options& admin_of(config& c) { return c.admin ? *c.admin : c.admin.emplace(); }

option file_option(std::string name, std::string help, std::filesystem::path tls_options::* file) {
  return {.name = std::move(name),
          .value = "FILE",
          .help = std::move(help),
          .group = group,
          .is_reloadable = true,
          .set =
              [file](config& c, const values& v) {
                auto& tls = admin_of(c).tls;
                (tls ? *tls : tls.emplace()).*file = v.front();
              },
          .get = [file](const config& c) -> values {
            if (!c.admin || !c.admin->tls || ((*c.admin->tls).*file).empty()) return {};
            return {((*c.admin->tls).*file).string()};
          }};
}

bool is_tcp(const config& c) { return c.admin && c.admin->unix_socket.empty(); }

}  // namespace

std::vector<option> admin_options() {
  std::vector<option> all;
  all.push_back({.name = "admin_port",
                 .value = "PORT",
                 .help = "port for health calls and metrics, 0 for a free one; none: no such listener",
                 .group = group,
                 .set =
                     [](config& c, const values& v) {
                       admin_of(c).port = static_cast<std::uint16_t>(number_of(v.front(), 0, max_port));
                       admin_of(c).unix_socket.clear();
                     },
                 .get = [](const config& c) { return is_tcp(c) ? values{std::to_string(c.admin->port)} : values{}; }});
  all.push_back({.name = "admin_host",
                 .value = "HOST",
                 .help = "address for it; none: 127.0.0.1",
                 .group = group,
                 .set = [](config& c, const values& v) { admin_of(c).host = v.front(); },
                 .get = [](const config& c) { return is_tcp(c) ? values{c.admin->host} : values{}; }});
  all.push_back({.name = "admin_socket",
                 .value = "PATH",
                 .help = "instead of a port: a Unix socket",
                 .group = group,
                 .set = [](config& c, const values& v) { admin_of(c).unix_socket = v.front(); },
                 .get = [](const config& c) -> values {
                   if (!c.admin || c.admin->unix_socket.empty()) return {};
                   return {c.admin->unix_socket.string()};
                 }});
  all.push_back(
      file_option("admin_cert", "certificate for TLS there, followed by those above it", &tls_options::certificate));
  all.push_back(file_option("admin_key", "the certificate's private key", &tls_options::key));
  all.push_back(
      file_option("admin_ca", "the authorities that sign the certificates of its clients", &tls_options::client_ca));
  all.push_back({.name = "admin_keys",
                 .value = "FILE",
                 .help = "serve the HTTP API there to those with a key; lines of NAME SECRET SCOPE,SCOPE",
                 .group = group,
                 .is_reloadable = true,
                 .set =
                     [](config& c, const values& v) {
                       api_keys::from_file(v.front());
                       c.admin_keys = v.front();
                     },
                 .get = [](const config& c) -> values {
                   if (c.admin_keys.empty()) return {};
                   return {c.admin_keys.string()};
                 }});
  all.push_back({.name = "admin_plain",
                 .value = "FLAG",
                 .help = "allow it without TLS on an address that is not loopback",
                 .group = group,
                 .is_flag = true,
                 .set = [](config& c, const values& v) { c.admin_plain = flag_of(v.front()); },
                 .get = [](const config& c) { return values{c.admin_plain ? "true" : "false"}; }});
  return all;
}

}  // namespace bennu
