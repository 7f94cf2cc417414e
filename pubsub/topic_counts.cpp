#include <bennu/pubsub/topic_counts.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace bennu {

/// After the last topic of a part that is not complete, that part may have topics that nobody has told.
topic_counts topic_counts::merge(std::vector<topic_counts> parts, std::size_t most) {
  std::optional<std::string> last_known;
  std::map<std::string, std::size_t, std::less<>> sums;
  topic_counts all;
  for (auto& part : parts) {
    if (!part.is_complete) {
      all.is_complete = false;
      const auto last = part.entries.empty() ? std::string{} : part.entries.back().topic;
      if (!last_known || last < *last_known) last_known = last;
    }
    for (auto& [topic, subscribers] : part.entries) sums[std::move(topic)] += subscribers;
  }
  for (auto& [topic, subscribers] : sums) {
    if (last_known && topic > *last_known) break;
    if (all.entries.size() == most) {
      all.is_complete = false;
      break;
    }
    all.entries.push_back({topic, subscribers});
  }
  return all;
}

}  // namespace bennu
