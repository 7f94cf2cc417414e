#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/presence_state.hpp>
#include <bennu/pubsub/tracker/replication.hpp>

namespace replication_world {

using namespace std::chrono_literals;
using refs = std::set<std::string>;
using time = bennu::replication::time;

/// Throws the text of the parts unless an expectation holds.
template <class... Parts>
void require(bool holds, const Parts&... parts) {
  if (holds) return;
  std::string text;
  (text.append(parts), ...);
  throw std::runtime_error(text);
}

inline std::string ref_of(const bennu::presence_ptr& presence) { return presence->meta.as_string("phx_ref"); }

inline refs refs_of(const std::vector<bennu::presence_ptr>& all) {
  refs result;
  for (const auto& presence : all)
    require(result.insert(ref_of(presence)).second, ref_of(presence), " comes twice at once");
  return result;
}

/// A node that runs, and the presences that one of its clients knows from its diffs.
class node {
public:
  node(bennu::replica self, const bennu::replication_options& options, std::size_t max_removals)
      : state_(std::move(self), max_removals), replication_(state_, options) {}

  const std::string& name() const { return state_.self().name; }
  const bennu::replica& id() const { return state_.self(); }
  const refs& own() const { return own_; }
  const refs& believed() const { return believed_; }
  bennu::replication& replication() { return replication_; }
  const bennu::presence_state& state() const { return state_; }

  void hear(const bennu::presence_changes& changes) {
    const auto joins = refs_of(changes.joins);
    const auto leaves = refs_of(changes.leaves);
    for (const auto& ref : joins) require(believed_.insert(ref).second, name(), ": ", ref, " joins twice");
    for (const auto& ref : leaves) require(believed_.erase(ref) == 1, name(), ": ", ref, " leaves, and is not there");
  }

  void toggle(std::uint64_t process, const std::string& topic, const std::string& key, bool update,
              const std::string& ref) {
    const auto old = state_.find(process, topic, key);
    if (old != nullptr) own_.erase(ref_of(old));
    if (old == nullptr || update) own_.insert(ref);
    if (old == nullptr) {
      hear({{state_.add({topic, process, key, {{"phx_ref", ref}}})}, {}});
    } else if (update) {
      hear({{state_.update(old, {{"phx_ref", ref}})}, {old}});
    } else {
      hear({{}, {state_.remove(process, topic, key)}});
    }
  }

  void end(std::uint64_t process) {
    const auto gone = state_.remove_all(process);
    for (const auto& presence : gone) own_.erase(ref_of(presence));
    hear({{}, gone});
  }

  /// The invariants at any time, however little a node has received.
  void check() const {
    refs seen;
    for (const auto* topic : {"room", "hall"}) {
      for (const auto& [key, entries] : state_.visible().topic(topic)) {
        require(!entries.empty(), name(), " has a key without presences");
        for (const auto& presence : entries) seen.insert(ref_of(presence));
      }
    }
    require(seen == believed_, name(), "'s clients believe something else than it does");
    require(std::includes(seen.begin(), seen.end(), own_.begin(), own_.end()), name(), " misses presences of its own");
  }

private:
  bennu::presence_state state_;
  bennu::replication replication_;
  refs own_;
  refs believed_;
};

}  // namespace replication_world
