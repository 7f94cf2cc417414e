#include "target.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <bennu/transport/uri.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

namespace load {

namespace {

constexpr std::string_view transport = "/websocket";

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

address_list look_up(const std::string& host, const std::string& port, int flags, int& error) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  return {error == 0 ? found : nullptr, freeaddrinfo};
}

endpoint first_of(const addrinfo& found) {
  endpoint result;
  std::copy_n(reinterpret_cast<const char*>(found.ai_addr), found.ai_addrlen, reinterpret_cast<char*>(&result.address));
  result.size = found.ai_addrlen;
  return result;
}

bool is_loopback(const endpoint& where) {
  if (where.address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(where.address);
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  }
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(where.address).sin6_addr) != 0;
}

}  // namespace

std::string target::authority() const {
  const auto name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return name + ':' + std::to_string(port);
}

target parse_target(const std::string& url, const std::vector<std::string>& params) {
  const auto parts = bennu::parse_uri(url);
  if (!parts) throw std::invalid_argument('"' + url + "\" is no URL");
  if (parts->scheme != "ws" && parts->scheme != "wss") {
    throw std::invalid_argument("the URL has to begin with ws:// or wss://, as in ws://localhost:4000/socket, got \"" +
                                url + '"');
  }
  if (parts->host.empty()) throw std::invalid_argument('"' + url + "\" names no host");
  target result;
  result.url = url;
  result.tls = parts->scheme == "wss";
  result.host = parts->host;
  result.port = *parts->effective_port();
  result.request = parts->path;
  while (result.request.ends_with('/')) result.request.pop_back();
  if (!result.request.ends_with(transport)) result.request += transport;
  result.request += '?';
  if (!parts->query.empty()) result.request += parts->query + '&';
  for (const auto& one : params) result.request += one + '&';
  result.request += "vsn=2.0.0";
  if (!bennu::parse_uri(result.request))
    throw std::invalid_argument("a parameter has characters that must be percent-encoded");
  return result;
}

void resolve(target& server) {
  int error = 0;
  const auto found = look_up(server.host, std::to_string(server.port), AI_NUMERICSERV, error);
  if (found == nullptr) throw std::runtime_error("cannot find " + server.host + ": " + gai_strerror(error));
  server.where = first_of(*found);
  server.local = is_loopback(server.where);
}

endpoint parse_address(const std::string& text) {
  int error = 0;
  const auto found = look_up(text, "0", AI_NUMERICHOST | AI_NUMERICSERV, error);
  if (found == nullptr) throw std::invalid_argument('"' + text + "\" is no numeric address");
  return first_of(*found);
}

}  // namespace load
