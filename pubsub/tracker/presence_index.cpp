#include <bennu/pubsub/tracker/presence_index.hpp>

#include <algorithm>

namespace bennu {

void presence_index::add(const presence_ptr& presence) { topics_[presence->topic][presence->key].push_back(presence); }

void presence_index::remove(const presence_ptr& presence) {
  const auto topic = topics_.find(presence->topic);
  if (topic == topics_.end()) return;
  const auto key = topic->second.find(presence->key);
  if (key == topic->second.end()) return;
  std::erase(key->second, presence);
  if (!key->second.empty()) return;
  topic->second.erase(key);
  if (topic->second.empty()) topics_.erase(topic);
}

const presence_index::keys& presence_index::topic(std::string_view name) const {
  static const keys none;
  const auto found = topics_.find(name);
  return found == topics_.end() ? none : found->second;
}

}  // namespace bennu
