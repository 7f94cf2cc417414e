#pragma once

#include <chrono>
#include <map>
#include <string>

#include <bennu/pubsub/direct_adapter/internal/join_failure.hpp>

namespace bennu {

/// Decides which failures to join are logged: for each place one a minute, and another one at once if the reason has
/// changed. Pure data.
class failure_log {
public:
  using clock = std::chrono::steady_clock;

  bool is_due(const std::string& place, join_failure_reason reason, clock::time_point now);
  /// Called when a place has no failure any more.
  void forget(const std::string& place) { last_.erase(place); }

private:
  struct entry {
    join_failure_reason reason;
    clock::time_point at;
  };
  std::map<std::string, entry> last_;
};

}  // namespace bennu
