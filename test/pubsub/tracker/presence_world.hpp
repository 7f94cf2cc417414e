#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <bennu/pubsub/tracker/presence_state.hpp>

/// The helpers that the tests of the presence state share.
namespace presence_world {

using names = std::vector<std::string>;

/// `ana@1`, with the meta if there is one: `ana@1{"n":2}`.
inline std::string name_of(const bennu::presence_entry& presence) {
  return presence.key + '@' + std::to_string(presence.process) + (presence.meta.is_null() ? "" : presence.meta.dump());
}

inline names sorted(names all) {
  std::sort(all.begin(), all.end());
  return all;
}

inline names names_of(const std::vector<bennu::presence_ptr>& all) {
  names result;
  for (const auto& presence : all) result.push_back(name_of(*presence));
  return sorted(std::move(result));
}

/// The visible presences of a topic.
inline names seen_in(const bennu::presence_state& state, std::string_view topic = "room") {
  names result;
  for (const auto& [key, entries] : state.visible().topic(topic)) {
    for (const auto& presence : entries) result.push_back(name_of(*presence));
  }
  return sorted(std::move(result));
}

}  // namespace presence_world
