#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/pubsub/tracker/presence_entry.hpp>

namespace bennu {

/// Presences by topic and key. The entries of one key are in the order in which they were added. Pure data.
class presence_index {
public:
  using keys = std::map<std::string, std::vector<presence_ptr>, std::less<>>;

  void add(const presence_ptr& presence);
  void remove(const presence_ptr& presence);

  /// The keys of a topic. Each of them has an entry. Valid until the next change.
  const keys& topic(std::string_view name) const;

private:
  std::unordered_map<std::string, keys, keyed_hasher, std::equal_to<>> topics_;
};

}  // namespace bennu
