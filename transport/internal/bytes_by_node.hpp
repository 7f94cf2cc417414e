#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace bennu {

/// The bytes that are on their way to each node, of which each may have its share.
class bytes_by_node {
public:
  /// @returns false if the node would have more than `most`. A node without any bytes may exceed it with one message
  bool take(const std::string& node, std::size_t bytes, std::size_t most) {
    auto& used = by_node_[node];
    if (used > 0 && used + bytes > most) return false;
    used += bytes;
    return true;
  }

  void give_back(const std::string& node, std::size_t bytes) {
    const auto found = by_node_.find(node);
    if (bytes == 0 || found == by_node_.end()) return;
    found->second -= bytes;
    if (found->second == 0) by_node_.erase(found);
  }

private:
  std::map<std::string, std::size_t> by_node_;
};

}  // namespace bennu
