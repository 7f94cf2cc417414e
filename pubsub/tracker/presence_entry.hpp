#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// The presence of an actor in a topic, under a key. Immutable: an update creates a new entry.
struct presence_entry {
  std::string topic;
  std::uint64_t process = 0;  ///< an actor's id, unique on its node
  std::string key;
  json meta;
};

/// Shared by tables, messages and threads.
using presence_ptr = std::shared_ptr<const presence_entry>;

/// The presences that came and those that left at one moment. An update is both.
struct presence_changes {
  std::vector<presence_ptr> joins;
  std::vector<presence_ptr> leaves;

  bool empty() const noexcept { return joins.empty() && leaves.empty(); }
  void append(const presence_changes& more) {
    joins.insert(joins.end(), more.joins.begin(), more.joins.end());
    leaves.insert(leaves.end(), more.leaves.begin(), more.leaves.end());
  }
};

}  // namespace bennu
