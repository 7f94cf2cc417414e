#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bennu {

/// The part of a topic's history that somebody asks for.
struct history_request {
  /// Nothing old.
  struct from_now {};
  /// The messages after a position.
  struct since {
    std::string position;
  };
  /// The newest messages.
  struct last {
    std::size_t count;
  };
  /// The messages that are not older than this.
  struct within {
    std::chrono::milliseconds age;
  };
  /// Something that cannot be read or judged.
  struct unknown {};

  std::variant<from_now, since, last, within, unknown> wanted;
};

/// The reason why not all messages follow that were asked for.
enum class history_loss : std::uint8_t {
  none,
  unknown,  ///< this node cannot judge the position
  expired,  ///< some of the messages are gone, or may be
  limit     ///< there are more than may be replayed at once
};

/// The word for clients: "unknown", "expired", "limit"; empty for `none`.
constexpr std::string_view to_string(history_loss why) noexcept {
  switch (why) {
    case history_loss::unknown:
      return "unknown";
    case history_loss::expired:
      return "expired";
    case history_loss::limit:
      return "limit";
    case history_loss::none:
      break;
  }
  return {};
}

/// The answer to a request: which messages follow.
struct recovery {
  history_loss loss = history_loss::none;
  std::size_t missed = 0;  ///< the number of messages that follow
  std::string at;          ///< the position just before them

  /// True if all messages that were asked for follow.
  bool recovered() const noexcept { return loss == history_loss::none; }
};

}  // namespace bennu
