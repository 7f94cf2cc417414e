#include <bennu/pubsub/direct_adapter/internal/node_listener.hpp>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <bennu/pubsub/direct_adapter/internal/node_resolver.hpp>

namespace bennu {

namespace {

constexpr int backlog = 256;

/// The number of handshakes that may begin in a second, and at once.
constexpr std::size_t accepts_a_second = 50;
constexpr std::size_t accepts_at_once = 64;

[[noreturn]] void cannot_listen(const std::string& host, std::uint16_t port, const std::string& why) {
  throw std::runtime_error("cannot listen for other nodes on " + (host.empty() ? "port" : host + " port") + ' ' +
                           std::to_string(port) + ": " + why);
}

std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address_of(address, size).port;
}

unique_fd listening(const addrinfo& on) {
  unique_fd made{socket(on.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int yes = 1;
  const int no = 0;
  if (!made) return made;
  setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (on.ai_family == AF_INET6) setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  const bool listens = bind(made.get(), on.ai_addr, on.ai_addrlen) == 0 && ::listen(made.get(), backlog) == 0;
  return listens ? std::move(made) : unique_fd{};
}

}  // namespace

node_listener::node_listener(event_loop& loop, const limits& l, node_handshake::user& by)
    : loop_(loop), limits_(l), user_(by), watch_(loop, *this), accepts_left_(accepts_at_once) {}

node_listener::~node_listener() { stop(); }

std::uint16_t node_listener::listen(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* first = nullptr;
  // Without a host, one socket for IPv6 takes IPv4's connections too.
  const char* const name = host.empty() ? "::" : host.c_str();
  const int failed = getaddrinfo(name, std::to_string(port).c_str(), &hints, &first);
  if (failed != 0) cannot_listen(host, port, gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found{first, &freeaddrinfo};
  unique_fd made;
  for (const auto* each = first; each != nullptr && !made; each = each->ai_next) made = listening(*each);
  if (!made && host.empty()) {  // this machine has no IPv6
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    addrinfo ipv4{};
    ipv4.ai_family = AF_INET;
    ipv4.ai_addr = reinterpret_cast<sockaddr*>(&any);
    ipv4.ai_addrlen = sizeof any;
    made = listening(ipv4);
  }
  if (!made) cannot_listen(host, port, std::generic_category().message(errno));
  socket_ = std::move(made);
  watch_.set(socket_.get(), EPOLLIN);
  return port_of(socket_.get());
}

void node_listener::on_ready(std::uint32_t) {
  while (accepts_left_ > 0) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    unique_fd made{accept4(socket_.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (made) {
      --accepts_left_;
      admit(std::move(made), address_of(from, size));
      continue;
    }
    const bool is_out_of_descriptors = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (is_out_of_descriptors) accepts_left_ = 0;
    if (errno != ECONNABORTED && errno != EINTR) break;
  }
  if (accepts_left_ == 0) watch_.end();  // until the next tick; meanwhile the kernel keeps new connections
}

void node_listener::admit(unique_fd socket, node_address peer) {
  std::erase_if(unauthenticated_, [](const auto& each) { return each->has_ended(); });
  while (unauthenticated_.size() >= std::max<std::size_t>(limits_.max_node_unauthenticated, 1)) {
    counts_->add(metric::node_connections_refused);
    unauthenticated_.pop_front();
  }
  unauthenticated_.push_back(std::make_unique<node_handshake>(
      loop_, std::move(socket), node_handshake::side::accepted, proof_, std::move(peer),
      clock::now() + limits_.node_handshake_timeout, hello_purpose::link, user_));
}

void node_listener::tick(clock::time_point now) {
  for (const auto& each : unauthenticated_) {
    if (each->is_overdue(now)) counts_->add(metric::node_connections_refused);
    each->check(now);
  }
  std::erase_if(unauthenticated_, [](const auto& each) { return each->has_ended(); });
  const auto earned = static_cast<std::size_t>((now - refilled_) * accepts_a_second / std::chrono::seconds{1});
  if (earned == 0) return;
  refilled_ = now;
  accepts_left_ = std::min(accepts_left_ + earned, accepts_at_once);
  if (socket_) watch_.set(socket_.get(), EPOLLIN);
}

void node_listener::stop() {
  watch_.end();
  socket_.reset();
  unauthenticated_.clear();
}

}  // namespace bennu
