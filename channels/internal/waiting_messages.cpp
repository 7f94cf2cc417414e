#include <bennu/channels/internal/waiting_messages.hpp>

#include <utility>

namespace bennu {

const message* waiting_messages::first(std::string_view topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : &found->second.front().content;
}

void waiting_messages::push(message&& m) {
  const auto number = m.is_join() ? ++join_count_ : 0;
  if (number != 0) joins_.emplace(number, m.topic);
  size_ += backlog_size::one(m.bytes);
  topics_[m.topic].push_back({std::move(m), number});
}

message waiting_messages::pop(std::string_view topic) {
  const auto found = topics_.find(topic);
  auto& queue = found->second;
  auto taken = std::move(queue.front());
  queue.pop_front();
  if (queue.empty()) topics_.erase(found);
  joins_.erase(taken.join_number);
  size_ -= backlog_size::one(taken.content.bytes);
  return std::move(taken.content);
}

}  // namespace bennu
