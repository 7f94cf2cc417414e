#include <bennu/pubsub/direct_adapter/internal/node_tunnels.hpp>

#include <array>
#include <utility>

#include <sys/socket.h>

namespace bennu {

void node_tunnels::begin(const std::string& node, const tunnel::take_connection& take, bool speaks_first) {
  end(node);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return user_.on_no_socket(node);
  }
  unique_fd ours{ends[0]};
  unique_fd theirs{ends[1]};
  tunnels_[node] = std::make_unique<tunnel>(loop_, std::move(ours), take, [this, node](tunnel&) { end(node); });
  user_.on_socket(node, std::move(theirs), speaks_first);
}

void node_tunnels::end(const std::string& node) {
  auto found = tunnels_.extract(node);
  if (found.empty()) return;
  found.mapped()->close();
  ended_.push_back(std::move(found.mapped()));
  user_.on_no_socket(node);
}

void node_tunnels::end_all() {
  while (!tunnels_.empty()) end(std::string{tunnels_.begin()->first});
  ended_.clear();
}

}  // namespace bennu
