#include <bennu/pubsub/internal/topic_scan.hpp>

#include <iterator>
#include <utility>

namespace bennu {

/// If topics have moved to where the search has been, it begins again.
bool topic_scan::step() {
  if (layout_ != table_.layout()) {
    layout_ = table_.layout();
    next_ = table_.slots();
  }
  next_ = table_.scan(next_, slots_a_step, [this](auto topic, auto subscribers) { add(topic, subscribers); });
  return next_ == 0;
}

/// A topic that moves during the search may be seen twice.
void topic_scan::add(std::string_view topic, std::size_t subscribers) {
  if (subscribers == 0 || !wanted_.contains(topic)) return;
  if (found_.size() == wanted_.most) {
    if (wanted_.most == 0 || topic > std::prev(found_.end())->first) {
      has_more_ = true;
      return;
    }
  }
  const auto place = found_.lower_bound(topic);
  if (place != found_.end() && place->first == topic) {
    place->second = subscribers;
    return;
  }
  found_.emplace_hint(place, topic, subscribers);
  if (found_.size() <= wanted_.most) return;
  found_.erase(std::prev(found_.end()));
  has_more_ = true;
}

topic_counts topic_scan::take() {
  topic_counts part{.entries = {}, .is_complete = !has_more_};
  part.entries.reserve(found_.size());
  for (auto& [topic, subscribers] : found_) part.entries.push_back({topic, subscribers});
  return part;
}

}  // namespace bennu
