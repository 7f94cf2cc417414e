#include <bennu/pubsub/internal/unpinned_subscribers.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

namespace bennu {

void unpinned_subscribers::subscribe(std::string_view topic, const actor_ref& who) {
  bool is_new_actor = false;
  {
    const auto tables = tables_.lock();
    auto [known, inserted] = tables->topics_of.try_emplace(who.id());
    is_new_actor = inserted;
    known->second.emplace(topic);
    tables->topics[std::string{topic}].push_back(who);
    count_.fetch_add(1, std::memory_order_release);
  }
  nodes_->subscribed(bucket_of(topic_hash(topic)));
  // If the actor has already ended, the function is called at once.
  if (is_new_actor) {
    to_caf(who)->attach_functor([self = shared_from_this(), id = who.id()](const caf::error&) { self->on_exit(id); });
  }
}

void unpinned_subscribers::unsubscribe(std::string_view topic, const actor_ref& who) {
  std::size_t removed = 0;
  {
    const auto tables = tables_.lock();
    const auto known = tables->topics_of.find(who.id());
    if (known == tables->topics_of.end()) return;
    const auto found = known->second.find(topic);
    if (found == known->second.end()) return;
    known->second.erase(found);
    removed = tables->remove(topic, who.id());
  }
  note_removed(topic, removed);
}

void unpinned_subscribers::on_exit(actor_id who) {
  std::vector<std::pair<std::string, std::size_t>> removed;
  {
    const auto tables = tables_.lock();
    const auto known = tables->topics_of.extract(who);
    if (known.empty()) return;
    for (const auto& topic : known.mapped()) removed.emplace_back(topic, tables->remove(topic, who));
  }
  for (const auto& [topic, count] : removed) note_removed(topic, count);
}

std::size_t unpinned_subscribers::tables::remove(std::string_view topic, actor_id who) {
  const auto found = topics.find(topic);
  if (found == topics.end()) return 0;
  const auto removed = std::erase_if(found->second, [&](const actor_ref& one) { return one.id() == who; });
  if (found->second.empty()) topics.erase(found);
  return removed;
}

void unpinned_subscribers::note_removed(std::string_view topic, std::size_t count) {
  count_.fetch_sub(count, std::memory_order_release);
  nodes_->unsubscribed(bucket_of(topic_hash(topic)), static_cast<std::uint32_t>(count));
}

std::vector<actor_ref> unpinned_subscribers::of(std::string_view topic, actor_id except) const {
  if (count_.load(std::memory_order_acquire) == 0) return {};
  std::vector<actor_ref> all;
  {
    const auto tables = tables_.lock();
    const auto found = tables->topics.find(topic);
    if (found != tables->topics.end()) all = found->second;
  }
  if (except != actor_id::none) std::erase_if(all, [&](const actor_ref& one) { return one.id() == except; });
  return all;
}

void unpinned_subscribers::send(const std::vector<actor_ref>& to, const caf::message& message) {
  for (const auto& one : to) one.get()->enqueue(nullptr, caf::make_message_id(), message, nullptr);
}

topic_counts unpinned_subscribers::list(const topic_range& wanted) const {
  if (count_.load(std::memory_order_acquire) == 0) return {};
  std::vector<topic_counts> all(1);
  {
    const auto tables = tables_.lock();
    for (const auto& [topic, subscribers] : tables->topics) {
      if (wanted.contains(topic)) all.front().entries.push_back({topic, subscribers.size()});
    }
  }
  return topic_counts::merge(std::move(all), wanted.most);
}

}  // namespace bennu
