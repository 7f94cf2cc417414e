#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/presence_diff.hpp>
#include <bennu/pubsub/tracker/presence_entry.hpp>

/// Presences in the format of Phoenix's clients. Pure functions.
namespace bennu::internal {

/// `{"ana": {"metas": […]}, …}`
/// @param of must be sorted by key
json presences_json(const std::vector<presence_ptr>& of);

/// The topics of the changes.
std::set<std::string> topics_of(const std::vector<presence_changes>& all);

/// The changes as the least number of correct diffs. Changes in one topic share a diff, but a key that already changed
/// in this diff begins a new one, so that no client takes two changes for one. The diffs of a topic are in the order of
/// the changes.
std::vector<presence_diff> diffs_of(const std::vector<presence_changes>& all);

/// Adds to each diff the presences after it.
/// @param present the presences after the last diff, by topic and key
void add_presences(std::vector<presence_diff>& diffs,
                   const std::map<std::pair<std::string, std::string>, std::vector<presence_ptr>>& present);

}  // namespace bennu::internal
