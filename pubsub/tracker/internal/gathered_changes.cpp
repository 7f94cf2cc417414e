#include <bennu/pubsub/tracker/internal/gathered_changes.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace bennu {

namespace {

std::size_t size_of(const presence_changes& one) { return one.joins.size() + one.leaves.size(); }

}  // namespace

presence_changes net_effect(const std::vector<presence_changes>& all) {
  std::unordered_map<presence_ptr, int> came;  // joins minus leaves; they alternate for a presence
  for (const auto& changes : all) {
    for (const auto& presence : changes.joins) ++came[presence];
    for (const auto& presence : changes.leaves) --came[presence];
  }
  presence_changes net;
  const auto keep = [&](const std::vector<presence_ptr>& from, int sign, std::vector<presence_ptr>& to) {
    for (const auto& presence : from) {
      auto& times = came.at(presence);
      if (times != sign) continue;
      times = 0;
      to.push_back(presence);
    }
  };
  for (const auto& changes : all) {
    keep(changes.joins, 1, net.joins);
    keep(changes.leaves, -1, net.leaves);
  }
  return net;
}

void gathered_changes::add(presence_changes added) {
  size_ += size_of(added);
  changes_.push_back(std::move(added));
  if (size_ > fold_above_) fold();
}

std::vector<presence_changes> gathered_changes::take() {
  size_ = 0;
  fold_above_ = most_;
  return std::exchange(changes_, {});
}

void gathered_changes::fold() {
  auto net = net_effect(changes_);
  size_ = size_of(net);
  fold_above_ = std::max(most_, 2 * size_);
  changes_.clear();
  if (size_ > 0) changes_.push_back(std::move(net));
}

}  // namespace bennu
