#include <bennu/transport/listener_options.hpp>

namespace bennu {

std::string url_of(const listener_options& where, std::uint16_t port) {
  if (!where.unix_socket.empty()) return "unix:" + where.unix_socket.string();
  const bool is_ipv6 = where.host.find(':') != std::string::npos;
  const auto host = is_ipv6 ? '[' + where.host + ']' : where.host;
  return (where.tls ? "https://" : "http://") + host + ':' + std::to_string(port);
}

}  // namespace bennu
