#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/runtime/loop_timer.hpp>

namespace bennu {

/// The logs of topics whose subscribers live on one loop. For the loop's thread.
class log_readers {
public:
  explicit log_readers(std::size_t loop) noexcept : loop_(loop) {}

  /// Adds a subscriber of the log's topic. @returns true if it is the first one
  bool add(const std::shared_ptr<topic_log>& log) {
    auto& reader = readers_[log->topic()];
    if (++reader.subscribers > 1) return false;
    reader.log = log;
    log->add_reader(loop_);
    return true;
  }

  /// Removes a subscriber of a topic. Does nothing for a topic without a log.
  void remove(std::string_view topic) {
    const auto found = readers_.find(topic);
    if (found == readers_.end() || --found->second.subscribers > 0) return;
    found->second.log->remove_reader(loop_);
    readers_.erase(found);
  }

  /// Keeps the timer that refreshes the positions of a topic's subscribers, until the last one is removed.
  void set_timer(std::string_view topic, loop_timer made) {
    const auto found = readers_.find(topic);
    if (found != readers_.end()) found->second.refresh = std::move(made);
  }

private:
  struct reader {
    std::shared_ptr<topic_log> log;
    std::size_t subscribers = 0;
    loop_timer refresh;
  };

  const std::size_t loop_;
  std::unordered_map<std::string, reader, keyed_hasher, std::equal_to<>> readers_;
};

}  // namespace bennu
