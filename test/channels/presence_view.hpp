#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <bennu/channels/testing/push.hpp>

/// A client's view of presences, built from the events that it receives.
namespace presence_view {

using bennu::json;
using refs = std::map<std::string, std::set<std::string>>;  ///< of each key

inline refs refs_of(const json& presences) {
  refs all;
  for (const auto& [key, value] : presences.as_object()) {
    for (const auto& meta : value.as_array("metas")) all[key].insert(meta.as_string("phx_ref"));
  }
  return all;
}

/// A client that applies each event literally. So the events must be correct, complete and in order: first the state,
/// then each change once.
class literal {
public:
  /// @returns the fault in the event, or nothing
  std::string receive(const bennu::testing::push& event) {
    const auto& content = event.payload.as_json();
    if (event.event == "presence_state") {
      if (has_state_) return "a second state";
      has_state_ = true;
      view_ = refs_of(content);
      return {};
    }
    if (!has_state_) return "a diff before the state";
    for (const auto& [key, came] : refs_of(content["joins"])) {
      for (const auto& ref : came) {
        if (!view_[key].insert(ref).second) return key + " came twice";
      }
    }
    for (const auto& [key, gone] : refs_of(content["leaves"])) {
      for (const auto& ref : gone) {
        if (view_[key].erase(ref) == 0) return key + " went without having come";
      }
      if (view_[key].empty()) view_.erase(key);
    }
    return {};
  }

  const refs& view() const noexcept { return view_; }

private:
  bool has_state_ = false;
  refs view_;
};

/// A client that behaves as phoenix.js (assets/js/phoenix/presence.js): diffs wait for the state, and a join that is
/// already known changes nothing.
class forgiving {
public:
  void receive(const bennu::testing::push& event) {
    const auto& content = event.payload.as_json();
    if (event.event == "presence_state") {
      has_state_ = true;
      view_ = refs_of(content);
      for (const auto& diff : waiting_) apply(diff);
      waiting_.clear();
    } else if (has_state_) {
      apply(content);
    } else {
      waiting_.push_back(content);
    }
  }

  const refs& view() const noexcept { return view_; }

private:
  void apply(const json& diff) {
    for (auto& [key, came] : refs_of(diff["joins"])) view_[key].merge(came);
    for (const auto& [key, gone] : refs_of(diff["leaves"])) {
      const auto known = view_.find(key);
      if (known == view_.end()) continue;
      for (const auto& ref : gone) known->second.erase(ref);
      if (known->second.empty()) view_.erase(known);
    }
  }

  bool has_state_ = false;
  refs view_;
  std::vector<json> waiting_;
};

}  // namespace presence_view
