#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bennu {

/// The topics that somebody asks for: those that begin with `prefix` and stand after `after` in the order of their
/// bytes, the first `most` of them.
struct topic_range {
  std::string prefix = {};
  std::string after = {};
  std::size_t most = 100;

  bool contains(std::string_view topic) const noexcept { return topic > after && topic.starts_with(prefix); }
};

/// A part of the topics of some loops or nodes, with their subscribers. A plain value.
struct topic_counts {
  struct entry {
    std::string topic;
    std::size_t subscribers = 0;
  };

  std::vector<entry> entries;  ///< in the order of their topics
  bool is_complete = true;     ///< false if there are more topics after the last one

  /// Joins the answers of several loops or nodes to the same question: a topic of several has the sum of their
  /// subscribers.
  static topic_counts merge(std::vector<topic_counts> parts, std::size_t most);
};

}  // namespace bennu
