#include <bennu/pubsub/topic_table.hpp>

namespace bennu {

void topic_table::subscribe(std::string_view name, std::size_t hash, subscriber& who, const void* owner,
                            subscription& place) {
  auto found = topics_.find(key{name, hash});
  if (found == topics_.end()) {
    auto made = std::make_unique<topic>();
    made->name = name;
    made->hash = hash;
    const key k{made->name, hash};
    found = topics_.emplace(k, std::move(made)).first;
  }
  auto& t = *found->second;
  place.topic_ = &t;
  place.index_ = t.entries.size();
  t.entries.push_back({&who, owner, &place});
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
  remove_at(t, place.index_);
  tidy(t);
}

void topic_table::remove_at(topic& t, std::size_t index) {
  const auto last = t.entries.back();
  t.entries.pop_back();
  if (index == t.entries.size()) return;
  t.entries[index] = last;
  if (last.who != nullptr) last.place->index_ = index;
}

void topic_table::tidy(topic& t) {
  if (t.removed > 0) {
    for (std::size_t i = t.entries.size(); i-- > 0;) {
      if (t.entries[i].who == nullptr) remove_at(t, i);
    }
    t.removed = 0;
  }
  if (t.entries.empty()) topics_.erase(key{t.name, t.hash});
}

}  // namespace bennu
