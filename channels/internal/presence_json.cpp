#include <bennu/channels/internal/presence_json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace bennu::internal {

namespace {

using metas_by_key = std::map<std::string_view, json::array>;

json to_json(metas_by_key& of) {
  json::object all;
  for (auto& [key, metas] : of) all.push_back({std::string{key}, json{{"metas", std::move(metas)}}});
  return all;
}

struct pending_diff {
  std::string_view topic;
  metas_by_key joins;
  metas_by_key leaves;

  bool concerns(std::string_view key) const { return joins.contains(key) || leaves.contains(key); }

  bool shares_a_key_with(const pending_diff& other) const {
    const auto shared = [&](const auto& of) { return concerns(of.first); };
    return std::any_of(other.joins.begin(), other.joins.end(), shared) ||
           std::any_of(other.leaves.begin(), other.leaves.end(), shared);
  }
};

std::map<std::string_view, pending_diff> by_topic(const presence_changes& all) {
  std::map<std::string_view, pending_diff> diffs;
  for (const auto& entry : all.joins) diffs[entry->topic].joins[entry->key].push_back(entry->meta);
  for (const auto& entry : all.leaves) diffs[entry->topic].leaves[entry->key].push_back(entry->meta);
  return diffs;
}

const json::array& metas_of(const json::member& key) { return *key.value["metas"].if_array(); }

/// The presences before a diff: without its joins, with its leaves.
void undo(json::array& metas, const json::array* came, const json::array* went) {
  const auto has_come = [&](const json& meta) {
    return std::any_of(came->begin(), came->end(), [&](const json& m) { return m["phx_ref"] == meta["phx_ref"]; });
  };
  if (came != nullptr) std::erase_if(metas, has_come);
  if (went != nullptr) metas.insert(metas.end(), went->begin(), went->end());
}

}  // namespace

json presences_json(const std::vector<presence_ptr>& of) {
  metas_by_key all;
  for (const auto& entry : of) all[entry->key].push_back(entry->meta);
  return to_json(all);
}

std::set<std::string> topics_of(const std::vector<presence_changes>& all) {
  std::set<std::string> topics;
  for (const auto& changes : all) {
    for (const auto& entry : changes.joins) topics.insert(entry->topic);
    for (const auto& entry : changes.leaves) topics.insert(entry->topic);
  }
  return topics;
}

std::vector<presence_diff> diffs_of(const std::vector<presence_changes>& all) {
  std::vector<pending_diff> diffs;
  std::map<std::string_view, std::size_t> latest;  // diff of each topic
  for (const auto& changes : all) {
    for (auto& [topic, next] : by_topic(changes)) {
      const auto [place, is_new] = latest.try_emplace(topic, diffs.size());
      if (is_new || diffs[place->second].shares_a_key_with(next)) {
        place->second = diffs.size();
        next.topic = topic;
        diffs.push_back(std::move(next));
      } else {
        diffs[place->second].joins.merge(next.joins);
        diffs[place->second].leaves.merge(next.leaves);
      }
    }
  }
  std::vector<presence_diff> result;
  for (auto& d : diffs) result.push_back({std::string{d.topic}, to_json(d.joins), to_json(d.leaves), {}});
  return result;
}

void add_presences(std::vector<presence_diff>& diffs,
                   const std::map<std::pair<std::string, std::string>, std::vector<presence_ptr>>& present) {
  std::map<std::pair<std::string, std::string>, json::array> at;  // filled backwards in time
  for (const auto& [where, entries] : present) {
    for (const auto& entry : entries) at[where].push_back(entry->meta);
  }
  for (auto diff = diffs.rbegin(); diff != diffs.rend(); ++diff) {
    std::map<std::string_view, std::pair<const json::array*, const json::array*>> keys;
    for (const auto& key : *diff->joins.if_object()) keys[key.key].first = &metas_of(key);
    for (const auto& key : *diff->leaves.if_object()) keys[key.key].second = &metas_of(key);
    json::object after;
    for (const auto& [key, changed] : keys) {
      auto& metas = at[{diff->topic, std::string{key}}];
      if (!metas.empty()) after.push_back({std::string{key}, json{{"metas", metas}}});
      undo(metas, changed.first, changed.second);
    }
    diff->presences = std::move(after);
  }
}

}  // namespace bennu::internal
