#include <bennu/pubsub/direct_adapter/internal/node_announcer.hpp>

namespace bennu {

namespace {

constexpr std::chrono::seconds interval{5};

}  // namespace

std::vector<known_node> node_announcer::nodes() const {
  std::vector<known_node> all;
  for (const auto& [name, address] : up_) all.push_back({name, address});
  return all;
}

void node_announcer::add(const known_node& node) {
  for (const auto& [other, address] : up_) others_.announce_node(other, node);
  up_.insert_or_assign(node.name, node.address);
}

void node_announcer::tick(clock::time_point now) {
  if (now < next_) return;
  next_ = now + interval;
  if (up_.empty()) return;
  auto to = up_.upper_bound(last_receiver_);
  if (to == up_.end()) to = up_.begin();
  last_receiver_ = to->first;
  for (const auto& [name, address] : up_) {
    if (name != to->first) others_.announce_node(to->first, {name, address});
  }
}

}  // namespace bennu
