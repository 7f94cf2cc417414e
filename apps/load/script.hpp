#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scenario.hpp"

namespace load {

/// One step of a client. `{client}` in its texts stands for the client's number.
struct step {
  enum class kind : std::uint8_t { join, leave, push, cast, await, sleep };

  kind what;
  std::string name;   ///< name of the topic to join or leave, or of the event to push or await
  std::string topic;  ///< topic of an event; the topic joined last if empty
  std::string payload = "{}";
  std::chrono::milliseconds time{};

  friend bool operator==(const step&, const step&) = default;
};

struct script {
  std::vector<step> setup;  ///< done once before the load begins
  std::vector<step> steps;  ///< the action, which is repeated
};

/// Reads a script: an object with the arrays "setup", which may be missing, and "steps". Loops are unrolled.
/// @throws std::runtime_error with the fault and its position
script parse_script(std::string_view text);
/// Reads a script from a file. @throws std::runtime_error also if the file cannot be read
script read_script(const std::string& file);

/// Executes a script, for each client separately.
class scripted final : public scenario {
public:
  scripted(script what, scenario_host& host) : script_(std::move(what)), host_(host) {}

  void prepare(client& who) override { begin(who, script_.setup, clock::now()); }
  bool acts(std::size_t) const override { return true; }
  bool one_at_a_time() const override { return true; }
  void act(client& who, clock::time_point due) override { begin(who, script_.steps, due); }

  void on_reply(client& who, const request& to, bool ok, const bennu::json& response) override;
  void on_event(client& who, const incoming& what) override;

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
  bool take(client& who, progress& at, const step& what, clock::time_point due);
  bool await(progress& at, const std::string& event, clock::time_point due);
  void answered(client& who);

  script script_;
  scenario_host& host_;
  std::unordered_map<const client*, progress> progress_;
};

}  // namespace load
