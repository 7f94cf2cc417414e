#include <bennu/transport/internal/listener.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <bennu/transport/internal/listening_sockets.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu {

namespace {

/// The limit for connections that are accepted in one turn, so that existing ones are served too.
constexpr int accepts_a_turn = 256;

/// The pause after the process ran out of descriptors.
constexpr std::chrono::milliseconds descriptor_pause{100};

}  // namespace

listener::listener(event_loop& loop, const logger& log, const listener_options& where, on_accept accept)
    : loop_(loop), log_(log), accept_(std::move(accept)), unix_socket_(where.unix_socket) {
  if (!unix_socket_.empty()) {
    acceptors_.emplace_back(*this, listen_at(unix_socket_));
    return;
  }
  auto [sockets, port] = listen_on(where.host, where.port);
  port_ = port;
  acceptors_.reserve(sockets.size());
  for (auto& fd : sockets) acceptors_.emplace_back(*this, std::move(fd));
}

listener::~listener() {
  if (!unix_socket_.empty()) ::unlink(unix_socket_.c_str());
}

void listener::start() {
  for (auto& one : acceptors_) one.start();
}

void listener::stop() {
  if (!pause_.is_pending()) {
    for (auto& one : acceptors_) one.stop();
  }
  pause_.cancel();
  acceptors_.clear();
}

void listener::acceptor::on_ready(std::uint32_t) {
  for (int n = 0; n < accepts_a_turn; ++n) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    unique_fd fd{accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) owner_.pause();
      return;
    }
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto [address, port] = numeric_address(peer, size);
    owner_.accept_(std::move(fd), std::move(address), port);
  }
}

void listener::pause() {
  if (pause_.is_pending()) return;
  log_.warning(std::string{"cannot accept connections for now: "} + std::strerror(errno));
  for (auto& one : acceptors_) one.stop();
  pause_ = loop_.after(descriptor_pause, [this] { start(); });
}

}  // namespace bennu
