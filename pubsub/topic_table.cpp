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

void topic_table::topic::destroy(topic* what) noexcept {
  what->~topic();
  ::operator delete(what);
}

topic_table::topic::~topic() {
  if (entries != few_.data()) delete[] entries;
}

void topic_table::topic::add(const entry& what) {
  if (count == capacity_) {
    auto* const more = new entry[std::size_t{capacity_} * 2];
    std::copy_n(entries, count, more);
    if (entries != few_.data()) delete[] entries;
    entries = more;
    capacity_ *= 2;
  }
  entries[count++] = what;
}

void topic_table::topic::remove_at(std::size_t index) {
  const auto& last = entries[--count];
  if (index == count) return;
  entries[index] = last;
  if (last.who != nullptr) last.place->index_ = index;
}

// -- the table --------------------------------------------------------------------------------------------------------

topic_table::~topic_table() {
  for (const auto& s : slots_) {
    if (s.where != nullptr) topic::destroy(s.where);
  }
}

std::size_t topic_table::find(std::string_view name, std::size_t hash) const noexcept {
  auto i = hash & (slots_.size() - 1);
  while (slots_[i].where != nullptr && (slots_[i].hash != hash || slots_[i].where->name() != name)) i = next(i);
  return i;
}

void topic_table::subscribe(std::string_view name, std::size_t hash, subscriber& who, const void* owner,
                            subscription& place) {
  if (topics_ * 3 >= slots_.size() * 2) resize(std::max(least_slots, slots_.size() * 2));
  auto& s = slots_[find(name, hash)];
  if (s.where == nullptr) {
    s = {hash, topic::make(name, hash)};
    ++topics_;
  }
  auto& t = *s.where;
  t.add({&who, owner, &place});
  place.topic_ = &t;
  place.index_ = t.count - 1;
}

void topic_table::unsubscribe(subscription& place) {
  if (!place.active()) return;
  auto& t = *place.topic_;
  place.topic_ = nullptr;
  if (t.visits > 0) {
    t.entries[place.index_].who = nullptr;
    ++t.removed;
    return;
  }
  t.remove_at(place.index_);
  tidy(t);
}

void topic_table::tidy(topic& t) {
  if (t.removed > 0) {
    for (std::size_t i = t.count; i-- > 0;) {
      if (t.entries[i].who == nullptr) t.remove_at(i);
    }
    t.removed = 0;
  }
  if (t.count == 0) erase(t);
}

/// Leaves no gap between a topic's first slot and its own: those behind the gap that may move up do so.
void topic_table::erase(topic& t) {
  auto gap = t.hash & (slots_.size() - 1);
  while (slots_[gap].where != &t) gap = next(gap);
  topic::destroy(&t);
  --topics_;
  const auto mask = slots_.size() - 1;
  for (auto i = next(gap); slots_[i].where != nullptr; i = next(i)) {
    const auto wanted = slots_[i].hash & mask;
    if (((i - wanted) & mask) < ((i - gap) & mask)) continue;
    slots_[gap] = slots_[i];
    gap = i;
  }
  slots_[gap] = {};
}

void topic_table::resize(std::size_t slots) {
  const auto old = std::exchange(slots_, std::vector<slot>(slots));
  for (const auto& s : old) {
    if (s.where == nullptr) continue;
    auto i = s.hash & (slots - 1);
    while (slots_[i].where != nullptr) i = next(i);
    slots_[i] = s;
  }
}

}  // namespace bennu
