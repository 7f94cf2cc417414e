#include <bennu/pubsub/direct_adapter/internal/node_resolver.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include <netdb.h>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

namespace {

using addrinfo_ptr = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

struct lookup {
  addrinfo_ptr first{nullptr, &freeaddrinfo};
  int error = 0;
};

lookup look_up(const node_address& name, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  lookup result;
  result.error = getaddrinfo(name.host.c_str(), std::to_string(name.port).c_str(), &hints, &first);
  if (result.error == 0) result.first.reset(first);
  return result;
}

resolved all_of(const lookup& found) {
  resolved result;
  if (found.error != 0) result.error = gai_strerror(found.error);
  for (const auto* each = found.first.get(); each != nullptr; each = each->ai_next) {
    sockaddr_storage address{};
    std::memcpy(&address, each->ai_addr, each->ai_addrlen);
    result.addresses.push_back(address_of(address, each->ai_addrlen));
  }
  return result;
}

}  // namespace

node_address address_of(const sockaddr_storage& address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), port.data(), port.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  constexpr std::string_view mapped = "::ffff:";
  std::string_view text{host.data()};
  if (text.starts_with(mapped) && text.find('.') != std::string_view::npos) text.remove_prefix(mapped.size());
  return {std::string{text}, static_cast<std::uint16_t>(std::stoul(port.data()))};
}

/// Becomes null when the resolver is destroyed.
struct node_resolver::shared {
  guarded<event_loop*> loop;
};

node_resolver::node_resolver(event_loop& loop) : shared_(std::make_shared<shared>()) { *shared_->loop.lock() = &loop; }

node_resolver::~node_resolver() { *shared_->loop.lock() = nullptr; }

void node_resolver::resolve(const node_address& name, std::function<void(resolved)> then) {
  if (const auto number = look_up(name, AI_NUMERICHOST); number.error == 0) return then(all_of(number));
  // The thread is detached, because it may still wait for an answer when the process ends.
  std::thread{[name, then = std::move(then), to = shared_]() mutable {
    auto result = all_of(look_up(name, AI_ADDRCONFIG));
    const auto loop = to->loop.lock();
    if (*loop == nullptr) return;
    (*loop)->post([then = std::move(then), result = std::move(result)]() mutable { then(std::move(result)); });
  }}.detach();
}

connecting begin_connect(const node_address& to) {
  const auto found = look_up(to, AI_NUMERICHOST);
  if (found.error != 0) return {{}, EINVAL};
  const auto& first = *found.first;
  connecting result{unique_fd{socket(first.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)}, 0};
  if (!result.socket) return {{}, errno};
  if (connect(result.socket.get(), first.ai_addr, first.ai_addrlen) == 0 || errno == EINPROGRESS) return result;
  return {{}, errno};
}

}  // namespace bennu
