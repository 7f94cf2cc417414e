#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bennu {

/// The answer to a message that was sent. A plain value.
struct publish_receipt {
  std::optional<std::string> position;  ///< after the message in the history of its topic; nothing if it is not kept
  std::uint64_t subscribers = 0;        ///< on this node

  static void fields(auto& self, auto&& f) {
    f("position", self.position);
    f("subscribers", self.subscribers);
  }
};

}  // namespace bennu
