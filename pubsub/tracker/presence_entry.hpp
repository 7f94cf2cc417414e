#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// A process that is present in a topic, under a key. Immutable: an update makes a new one.
struct presence_entry {
  std::string topic;
  std::uint64_t process = 0;  ///< an actor's id, unique on its node
  std::string key;
  json meta;
};

/// Shared by tables, messages and threads.
using presence_ptr = std::shared_ptr<const presence_entry>;

/// Presences that came and presences that went, at one moment. An update is both.
struct presence_changes {
  std::vector<presence_ptr> joins;
  std::vector<presence_ptr> leaves;

  bool empty() const noexcept { return joins.empty() && leaves.empty(); }
};

}  // namespace bennu
