#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace load {

/// One step of a client. `{client}` in its texts stands for the client's number.
struct step {
  enum class kind : std::uint8_t { join, leave, push, cast, await, sleep };

  kind action;
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

}  // namespace load
