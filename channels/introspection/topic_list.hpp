#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bennu {

/// A topic with its number of subscribers. The ids of sockets are topics, too, to which their sockets subscribe.
struct topic_info {
  std::string topic;
  std::uint64_t subscribers = 0;

  static void fields(auto& self, auto&& f) {
    f("topic", self.topic);
    f("subscribers", self.subscribers);
  }
};

/// The topics that somebody asks for, on all nodes together or on one.
struct topic_query {
  std::string prefix = {};               ///< only those that begin with it
  std::optional<std::string> node = {};  ///< only the subscribers of this node
  std::size_t limit = 100;               ///< of topics in the page, at most 1,000
  std::string cursor = {};               ///< that of the page before; empty for the first one
};

/// A part of the topics, in the order of their bytes. A plain value.
struct topic_page {
  std::vector<topic_info> topics;
  std::optional<std::string> cursor;    ///< asks for the next page; nothing in the last one
  std::vector<std::string> unanswered;  ///< the nodes that did not answer in time, and whose subscribers are missing
};

}  // namespace bennu
