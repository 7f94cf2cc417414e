#include <bennu/transport/internal/listener.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace bennu {

namespace {

/// Connections taken in one turn, so that those which exist are served too.
constexpr int accepts_a_turn = 256;

/// The pause after the process ran out of descriptors.
constexpr std::chrono::milliseconds descriptor_pause{100};

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

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

std::pair<std::string, std::uint16_t> name_of(const sockaddr_storage& address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), port.data(), port.size(),
              NI_NUMERICHOST | NI_NUMERICSERV);
  return {host.data(), static_cast<std::uint16_t>(std::atoi(port.data()))};
}

}  // namespace

listener::listener(event_loop& loop, const logger& log, const std::string& host, std::uint16_t port, on_accept accept)
    : loop_(loop), log_(log), accept_(std::move(accept)) {
  const auto where = resolve(host, port);
  const auto fail = [&] {
    throw std::runtime_error("cannot listen on " + host + ':' + std::to_string(port) + ": " + std::strerror(errno));
  };
  fd_ = unique_fd{socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd_) fail();
  const int on = 1;
  setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd_.get(), where->ai_addr, where->ai_addrlen) != 0 || ::listen(fd_.get(), SOMAXCONN) != 0) fail();
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  port_ = name_of(bound, size).second;
}

void listener::start() { loop_.watch(fd_.get(), EPOLLIN, *this); }

void listener::stop() {
  if (!fd_) return;
  loop_.unwatch(fd_.get(), *this);
  fd_ = {};
}

void listener::on_ready(std::uint32_t) {
  for (int n = 0; n < accepts_a_turn; ++n) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    unique_fd fd{accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
      return;
    }
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto [address, port] = name_of(peer, size);
    accept_(std::move(fd), std::move(address), port);
  }
}

void listener::pause() {
  log_.warning(std::string{"cannot accept connections for now: "} + std::strerror(errno));
  loop_.unwatch(fd_.get(), *this);
  loop_.run_after(descriptor_pause, [this] {
    if (fd_) start();
  });
}

}  // namespace bennu
