#include <bennu/channels/admin/internal/idempotency_table.hpp>

#include <cstring>

namespace bennu {

/// A digest is as good as random, and nobody can choose its bytes at little cost.
std::size_t idempotency_table::digest_hash::operator()(const digest& of) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, of.data(), sizeof hash);
  return hash;
}

void idempotency_table::drop_old(part& of, clock::time_point now) {
  while (!of.ends.empty() && of.ends.front().first <= now) {
    of.entries.erase(of.ends.front().second);
    of.ends.pop_front();
  }
}

idempotency_table::verdict idempotency_table::begin(const message& one, clock::time_point now, std::size_t most,
                                                    answer then) {
  auto found = parts_.find(one.key);
  if (found == parts_.end()) found = parts_.try_emplace(std::string{one.key}).first;
  auto& mine = found->second;
  drop_old(mine, now);
  if (const auto earlier = mine.entries.find(one.id); earlier != mine.entries.end()) {
    if (earlier->second.content != one.content) return verdict::other;
    if (earlier->second.is_done) {
      then(earlier->second.receipt);
    } else {
      earlier->second.waiting.push_back(std::move(then));
    }
    return verdict::repeated;
  }
  if (mine.entries.size() >= most) return verdict::full;
  mine.ends.emplace_back(now + age, one.id);
  auto& made = mine.entries[one.id];
  made.content = one.content;
  made.waiting.push_back(std::move(then));
  return verdict::first;
}

std::vector<idempotency_table::answer> idempotency_table::finish(std::string_view key, const digest& id,
                                                                 const publish_receipt& receipt) {
  const auto mine = parts_.find(key);
  if (mine == parts_.end()) return {};
  const auto found = mine->second.entries.find(id);
  if (found == mine->second.entries.end()) return {};
  found->second.is_done = true;
  found->second.receipt = receipt;
  return std::move(found->second.waiting);
}

void idempotency_table::forget(std::string_view key, const digest& id) {
  const auto mine = parts_.find(key);
  if (mine == parts_.end()) return;
  mine->second.entries.erase(id);
  std::erase_if(mine->second.ends, [&](const auto& end) { return end.second == id; });
}

idempotency_table::clock::duration idempotency_table::wait(std::string_view key, clock::time_point now) const {
  const auto mine = parts_.find(key);
  if (mine == parts_.end() || mine->second.ends.empty()) return {};
  return mine->second.ends.front().first - now;
}

}  // namespace bennu
