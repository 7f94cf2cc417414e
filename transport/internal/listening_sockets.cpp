#include <bennu/transport/internal/listening_sockets.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace bennu {

namespace {

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// Attempts to find a port that is free on all addresses of a name.
constexpr int attempts_at_free_port = 16;

[[noreturn]] void fail(const std::string& where, int error) {
  throw std::runtime_error("cannot listen on " + where + ": " + std::strerror(error));
}

address_list resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const auto error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error("cannot listen on " + host + ": " + gai_strerror(error));
  return {found, freeaddrinfo};
}

bool is_same(const addrinfo& a, const addrinfo& b) {
  return a.ai_addrlen == b.ai_addrlen && std::memcmp(a.ai_addr, b.ai_addr, a.ai_addrlen) == 0;
}

/// The addresses of a name, each once: /etc/hosts may name one several times.
std::vector<const addrinfo*> addresses_of(const address_list& found) {
  std::vector<const addrinfo*> all;
  for (const auto* one = found.get(); one != nullptr; one = one->ai_next) {
    if (std::none_of(all.begin(), all.end(), [&](const auto* known) { return is_same(*known, *one); }))
      all.push_back(one);
  }
  return all;
}

void set_port(sockaddr_storage& address, std::uint16_t port) {
  if (address.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(port);
  }
}

/// @returns no descriptor, and the reason in errno, if it cannot be bound
unique_fd bind_to(const addrinfo& where, std::uint16_t port) {
  unique_fd fd{socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return {};
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage address{};
  std::memcpy(&address, where.ai_addr, where.ai_addrlen);
  set_port(address, port);
  const bool bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), where.ai_addrlen) == 0;
  if (!bound || listen(fd.get(), SOMAXCONN) != 0) return {};
  return fd;
}

std::uint16_t port_of(const unique_fd& fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  return numeric_address(bound, size).second;
}

/// @param error the reason why not all could be bound; 0 if they were
listening_sockets bind_all(const std::vector<const addrinfo*>& addresses, std::uint16_t port, int& error) {
  listening_sockets result{{}, port};
  error = 0;
  int missing = 0;
  for (const auto* one : addresses) {
    auto fd = bind_to(*one, result.port);
    if (!fd && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) {
      missing = errno;
      continue;
    }
    if (!fd) {
      error = errno;
      return {};
    }
    if (result.port == 0) result.port = port_of(fd);
    result.sockets.push_back(std::move(fd));
  }
  if (result.sockets.empty()) error = missing;
  return result;
}

bool is_in_use(const sockaddr_un& address) {
  const unique_fd probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

listening_sockets listen_on(const std::string& host, std::uint16_t port) {
  const auto found = resolve(host, port);
  const auto addresses = addresses_of(found);
  int error = 0;
  for (int attempt = 0; attempt < attempts_at_free_port; ++attempt) {
    auto result = bind_all(addresses, port, error);
    if (error == 0) return result;
    // A port that the kernel chose for one address may be in use at another.
    if (port != 0 || error != EADDRINUSE) break;
  }
  fail(host + ':' + std::to_string(port), error);
}

unique_fd listen_at(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto text = path.string();
  if (text.size() >= sizeof address.sun_path) fail(text, ENAMETOOLONG);
  std::memcpy(address.sun_path, text.data(), text.size());
  struct stat present{};
  if (lstat(text.c_str(), &present) == 0 && S_ISSOCK(present.st_mode)) {
    if (is_in_use(address)) fail(text, EADDRINUSE);
    ::unlink(text.c_str());
  }
  unique_fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) fail(text, errno);
  const bool bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  // No client can connect before `listen`.
  if (!bound || chmod(text.c_str(), 0660) != 0 || listen(fd.get(), SOMAXCONN) != 0) fail(text, errno);
  return fd;
}

std::pair<std::string, std::uint16_t> numeric_address(const sockaddr_storage& address, socklen_t size) {
  if (address.ss_family == AF_UNIX) return {"unix", 0};
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), port.data(), port.size(),
              NI_NUMERICHOST | NI_NUMERICSERV);
  return {host.data(), static_cast<std::uint16_t>(std::atoi(port.data()))};
}

}  // namespace bennu
