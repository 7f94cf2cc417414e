#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/message.hpp>

namespace bennu {

/// Messages of one client that wait because a join is under way: a queue for each topic, and the order of the joins
/// among them. Every member function takes logarithmic time in the number of topics, or constant time. Pure data.
class waiting_messages {
public:
  bool empty() const noexcept { return topics_.empty(); }
  /// The number of joins among the messages.
  std::size_t joins() const noexcept { return joins_.size(); }
  /// The number of messages.
  const backlog_size& size() const noexcept { return size_; }

  bool has(std::string_view topic) const { return topics_.find(topic) != topics_.end(); }
  /// The oldest message for a topic; null if none waits.
  const message* first(std::string_view topic) const;
  /// The topic of the join that has waited longest; null if none waits. Valid until the next change.
  const std::string* first_join() const noexcept { return joins_.empty() ? nullptr : &joins_.begin()->second; }

  void push(message&& m);
  /// Removes and returns the oldest message for a topic. There must be one.
  message pop(std::string_view topic);

private:
  struct entry {
    message content;
    std::size_t join_number;  ///< number of the join; 0 for other messages
  };

  std::map<std::string, std::deque<entry>, std::less<>> topics_;  ///< no queue is empty
  std::map<std::size_t, std::string> joins_;                      ///< the topics of the joins, by their numbers
  std::size_t join_count_ = 0;
  backlog_size size_;
};

}  // namespace bennu
