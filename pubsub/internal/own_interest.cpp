#include <bennu/pubsub/internal/own_interest.hpp>

namespace bennu {

bool own_interest::has_begun(topic_bucket bucket) {
  const bool was_announced = announced_.has(bucket);
  const bool is_interested = is_interested_(bucket);
  if (!is_interested && was_announced) ended_.insert(bucket);
  return is_interested && !was_announced;
}

std::vector<topic_bucket> own_interest::take_ended() {
  std::vector<topic_bucket> all;
  for (const auto bucket : std::exchange(ended_, {})) {
    if (announced_.has(bucket) && !is_interested_(bucket)) all.push_back(bucket);
  }
  return all;
}

std::vector<topic_bucket> own_interest::unannounced() const {
  std::vector<topic_bucket> all;
  for (std::uint32_t i = 0; i < topic_buckets; ++i) {
    const auto bucket = static_cast<topic_bucket>(i);
    if (is_interested_(bucket) && !announced_.has(bucket)) all.push_back(bucket);
  }
  return all;
}

void own_interest::announce(topic_bucket bucket, bool interested, bool is_awaited) {
  announced_.set(bucket, interested);
  ++last_change_;
  if (interested && is_awaited) unacknowledged_[static_cast<std::uint32_t>(bucket)] = last_change_;
}

std::uint64_t own_interest::unacknowledged(topic_bucket bucket) const noexcept {
  const auto found = unacknowledged_.find(static_cast<std::uint32_t>(bucket));
  return found != unacknowledged_.end() ? found->second : 0;
}

}  // namespace bennu
