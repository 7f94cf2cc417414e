#include <bennu/pubsub/direct_adapter/internal/address_book.hpp>

#include <algorithm>
#include <utility>

namespace bennu {

namespace {

constexpr std::chrono::milliseconds first_pause{200};

}  // namespace

address_book::address_book(std::vector<node_address> seeds, std::chrono::milliseconds longest_pause,
                           std::uint64_t random_seed)
    : longest_pause_(std::max(longest_pause, first_pause)),
      random_(static_cast<std::minstd_rand::result_type>(random_seed ^ random_seed >> 32)) {
  for (auto& seed : seeds) entries_[std::move(seed)].is_seed = true;
}

std::chrono::milliseconds address_book::random_part(std::chrono::milliseconds of) {
  return std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{0, of.count()}(random_)};
}

void address_book::learn(const known_node& node, clock::time_point now, bool later) {
  const auto [found, is_new] = entries_.try_emplace(node.address);
  found->second.name = node.name;
  if (is_new) found->second.next = later ? now + first_pause * 4 + random_part(first_pause) : now;
}

void address_book::forget(const std::string& name) {
  std::erase_if(entries_, [&](const auto& e) { return !e.second.is_seed && e.second.name == name; });
}

std::vector<node_address> address_book::due(clock::time_point now,
                                            const std::function<bool(const std::string& name)>& is_up) {
  std::vector<node_address> all;
  for (auto& [where, e] : entries_) {
    if (e.is_under_way || e.next > now) continue;
    if (!e.is_seed && is_up(e.name)) continue;
    e.is_under_way = true;
    all.push_back(where);
  }
  return all;
}

void address_book::tried(const node_address& where, bool settled, clock::time_point now) {
  const auto found = entries_.find(where);
  if (found == entries_.end()) return;
  auto& e = found->second;
  e.is_under_way = false;
  e.was_tried = true;
  if (std::exchange(e.is_urgent, false)) {
    e.pause = {};
    e.next = now + random_part(first_pause);
    return;
  }
  // A seed is tried again even if its nodes are linked, because its name may have more addresses by then.
  e.pause = settled && e.is_seed ? longest_pause_ : std::clamp(e.pause * 2, first_pause, longest_pause_);
  e.next = now + e.pause / 2 + random_part(e.pause / 2);
}

void address_book::lost(const std::string& name, clock::time_point now) {
  for (auto& [where, e] : entries_) {
    if (e.name != name) continue;
    e.pause = {};
    e.next = now + random_part(first_pause);
    e.is_urgent = e.is_under_way;
  }
}

bool address_book::all_tried(const std::function<bool(const std::string& name)>& is_up) const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return entry.second.was_tried || is_up(entry.second.name); });
}

bool address_book::is_seed(const node_address& where) const {
  const auto found = entries_.find(where);
  return found != entries_.end() && found->second.is_seed;
}

}  // namespace bennu
