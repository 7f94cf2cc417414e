#include <bennu/pubsub/caf_adapter/internal/dialer.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>

namespace bennu {

namespace {

struct found_addresses {
  explicit found_addresses(const node_address& name, int flags) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = flags;
    if (getaddrinfo(name.host.c_str(), std::to_string(name.port).c_str(), &wanted, &first) != 0) first = nullptr;
  }
  ~found_addresses() {
    if (first != nullptr) freeaddrinfo(first);
  }
  found_addresses(const found_addresses&) = delete;
  found_addresses& operator=(const found_addresses&) = delete;
  addrinfo* first = nullptr;
};

/// A socket that is about to be connected.
class attempt {
public:
  explicit attempt(const node_address& where) : where_(where) {
    const found_addresses found{where, AI_NUMERICHOST | AI_NUMERICSERV};
    if (found.first == nullptr) return;
    fd_ = socket(found.first->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return;
    if (connect(fd_, found.first->ai_addr, found.first->ai_addrlen) == 0 || errno == EINPROGRESS) return;
    close(std::exchange(fd_, -1));
  }
  attempt(attempt&& other) noexcept : where_(std::move(other.where_)), fd_(std::exchange(other.fd_, -1)) {}
  attempt& operator=(attempt&& other) noexcept {
    std::swap(where_, other.where_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~attempt() {
    if (fd_ >= 0) close(fd_);
  }

  const node_address& where() const noexcept { return where_; }
  int fd() const noexcept { return fd_; }
  bool is_connected() const noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }

private:
  node_address where_;
  int fd_ = -1;
};

}  // namespace

std::vector<node_address> resolve(const node_address& name) {
  std::vector<node_address> all;
  const found_addresses found{name, AI_ADDRCONFIG};
  for (const auto* each = found.first; each != nullptr; each = each->ai_next) {
    char host[NI_MAXHOST];
    if (getnameinfo(each->ai_addr, each->ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    all.push_back({host, name.port});
  }
  return all;
}

std::vector<node_address> answering(const std::vector<node_address>& all, std::chrono::milliseconds patience) {
  std::vector<attempt> attempts;
  for (const auto& where : all) {
    attempt made{where};
    if (made.fd() >= 0) attempts.push_back(std::move(made));
  }
  std::vector<node_address> result;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!attempts.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    std::vector<pollfd> wanted;
    for (const auto& a : attempts) wanted.push_back({a.fd(), POLLOUT, 0});
    if (left.count() <= 0 || poll(wanted.data(), wanted.size(), static_cast<int>(left.count())) <= 0) break;
    for (std::size_t i = wanted.size(); i-- > 0;) {
      if (wanted[i].revents == 0) continue;
      if (attempts[i].is_connected()) result.push_back(attempts[i].where());
      attempts.erase(attempts.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return result;
}

dialer::dialer(caf::actor_config& config, caf::actor door, node_address where, std::set<node_address> known,
               std::chrono::milliseconds patience)
    : event_based_actor(config), door_(std::move(door)), known_(std::move(known)), patience_(patience) {
  result_.where = std::move(where);
}

caf::behavior dialer::make_behavior() {
  auto all = resolve(result_.where);
  result_.all_known = !all.empty();
  std::erase_if(all, [this](const node_address& where) { return known_.contains(where); });
  result_.all_known = result_.all_known && all.empty();
  const auto there = answering(all, patience_);
  left_ = there.size() + 1;
  for (const auto& where : there) connect(where);
  done_with_one();
  return {};
}

void dialer::connect(const node_address& to) {
  request(system().openssl_manager().actor_handle(), patience_, caf::connect_atom::value, to.host, to.port)
      .then(
          [this, to](const caf::node_id& node, const caf::strong_actor_ptr& door, const std::set<std::string>&) {
            result_.nodes.push_back({to, node, door});
            done_with_one();
          },
          [this](const caf::error&) { done_with_one(); });
}

void dialer::done_with_one() {
  if (--left_ > 0) return;
  send(door_, std::move(result_));
  quit();
}

}  // namespace bennu
