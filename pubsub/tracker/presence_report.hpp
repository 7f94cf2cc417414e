#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/presence_entry.hpp>
#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// Changes that a tracker reports.
struct presence_report {
  std::vector<presence_changes> changes;  ///< in order
  /// By topic and key, the presences after these changes under the keys that changed, if
  /// `tracker_options::report_present` asks for it.
  std::map<std::pair<std::string, std::string>, std::vector<presence_ptr>> present;
};

/// A topic's list that a tracker reports, in order with the changes.
struct presence_listing {
  std::string topic;
  std::vector<presence_ptr>
      presences;         ///< those of the first `tracker_options::max_listed` keys, as in `tracker::list`
  std::size_t keys = 0;  ///< the number of keys
};

/// Receives the reports of a tracker, on CAF's scheduler, or on threads of its own; see `tracker_options::may_block`.
/// Reports about one topic come in order, and never from two threads at the same time. Must not throw.
class presence_listener {
public:
  virtual void on_changes(presence_report news) = 0;
  /// @param readers the actors that asked with `tracker::list_in_order`
  virtual void on_list(const presence_listing& list, const std::vector<actor_ref>& readers) = 0;

protected:
  ~presence_listener() = default;
};

}  // namespace bennu
