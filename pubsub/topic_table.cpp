#include <bennu/pubsub/topic_table.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace bennu {

namespace {

constexpr std::size_t least_slots = 16;

}  // namespace

// -- a topic ----------------------------------------------------------------------------------------------------------

topic_table::topic* topic_table::topic::make(std::string_view name, std::size_t hash) {
  void* memory = ::operator new(sizeof(topic) + name.size());
  auto* made = new (memory) topic{hash, static_cast<std::uint32_t>(name.size())};
  name.copy(reinterpret_cast<char*>(made + 1), name.size());
  return made;
}

void topic_table::topic::destroy(topic* ended) noexcept {
  ended->~topic();
  ::operator delete(ended);
}

topic_table::topic::~topic() {
  if (entries != first_entries_.data()) delete[] entries;
}

void topic_table::topic::add(const entry& added) {
  if (count == capacity_) {
    auto* const more = new entry[std::size_t{capacity_} * 2];
    std::copy_n(entries, count, more);
    if (entries != first_entries_.data()) delete[] entries;
    entries = more;
    capacity_ *= 2;
  }
  entries[count++] = added;
}

void topic_table::topic::remove_at(std::size_t index) {
  const auto& last = entries[--count];
  if (index == count) return;
  entries[index] = last;
  if (last.target != nullptr) last.place->index_ = index;
}

// -- the table --------------------------------------------------------------------------------------------------------

topic_table::~topic_table() {
  for (const auto& s : slots_) {
    if (s.found != nullptr) topic::destroy(s.found);
  }
}

std::size_t topic_table::find(std::string_view name, std::size_t hash) const noexcept {
  auto i = hash & (slots_.size() - 1);
  while (slots_[i].found != nullptr && (slots_[i].hash != hash || slots_[i].found->name() != name)) i = next(i);
  return i;
}

std::size_t topic_table::subscribers(std::string_view name, std::size_t hash) const noexcept {
  if (topics_ == 0) return 0;
  const auto* const found = slots_[find(name, hash)].found;
  return found == nullptr ? 0 : found->count - found->removed;
}

void topic_table::subscribe(std::string_view name, std::size_t hash, subscriber& target, actor_id owner,
                            subscription& made) {
  if (topics_ * 3 >= slots_.size() * 2) resize(std::max(least_slots, slots_.size() * 2));
  auto& s = slots_[find(name, hash)];
  if (s.found == nullptr) {
    s = {hash, topic::make(name, hash)};
    ++topics_;
  }
  auto& t = *s.found;
  t.add({&target, owner, &made});
  made.topic_ = &t;
  made.index_ = t.count - 1;
}

void topic_table::unsubscribe(subscription& ended) {
  if (!ended.active()) return;
  auto& t = *ended.topic_;
  ended.topic_ = nullptr;
  if (t.visits > 0) {
    t.entries[ended.index_].target = nullptr;
    ++t.removed;
    return;
  }
  t.remove_at(ended.index_);
  tidy(t);
}

void topic_table::tidy(topic& t) {
  if (t.removed > 0) {
    for (std::size_t i = t.count; i-- > 0;) {
      if (t.entries[i].target == nullptr) t.remove_at(i);
    }
    t.removed = 0;
  }
  if (t.count == 0) erase(t);
}

/// Closes a gap, by moving into it topics that stand after it: there must be no empty slot between the slot where the
/// search for a topic begins and the topic's own slot.
void topic_table::erase(topic& t) {
  auto gap = t.hash & (slots_.size() - 1);
  while (slots_[gap].found != &t) gap = next(gap);
  topic::destroy(&t);
  --topics_;
  const auto mask = slots_.size() - 1;
  for (auto i = next(gap); slots_[i].found != nullptr; i = next(i)) {
    const auto home = slots_[i].hash & mask;
    if (((i - home) & mask) < ((i - gap) & mask)) continue;
    slots_[gap] = slots_[i];
    if (gap > i) ++layout_;
    gap = i;
  }
  slots_[gap] = {};
}

void topic_table::resize(std::size_t slots) {
  ++layout_;
  const auto old = std::exchange(slots_, std::vector<slot>(slots));
  for (const auto& s : old) {
    if (s.found == nullptr) continue;
    auto i = s.hash & (slots - 1);
    while (slots_[i].found != nullptr) i = next(i);
    slots_[i] = s;
  }
}

}  // namespace bennu
