#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/runtime/event_loop.hpp>

#include "scenario.hpp"
#include "script.hpp"

namespace load {

/// Executes a script, for each client separately.
class scripted final : public scenario {
public:
  scripted(script steps, scenario_host& host) : script_(std::move(steps)), host_(host) {}

  void prepare(client& who) override { begin(who, script_.setup, clock::now()); }
  bool acts(std::size_t) const override { return true; }
  bool one_at_a_time() const override { return true; }
  void act(client& who, clock::time_point due) override { begin(who, script_.steps, due); }

  void on_reply(client& who, const request& to, bool ok, const bennu::json& response) override;
  void on_event(client& who, const incoming& message) override;

private:
  /// The progress of a client.
  struct progress {
    const std::vector<step>* steps = nullptr;
    std::size_t next = 0;
    std::string topic;                      ///< the topic joined last
    std::map<std::string, unsigned> heard;  ///< received events that were not awaited yet
    std::string awaited;
    clock::time_point since{};
    bennu::loop_timer timer;  ///< timer of a sleep
  };

  void begin(client& who, const std::vector<step>& steps, clock::time_point due);
  void go_on(client& who, clock::time_point due);
  bool take(client& who, progress& at, const step& next, clock::time_point due);
  bool await(progress& at, const std::string& event, clock::time_point due);
  void answered(client& who);

  script script_;
  scenario_host& host_;
  std::unordered_map<const client*, progress> progress_;
};

}  // namespace load
