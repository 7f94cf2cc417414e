#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include <bennu/pubsub/history/history_log.hpp>

namespace bennu {

/// Messages of other nodes that do not connect to a log yet, because messages before them are missing. They wait until
/// other nodes have sent those, or have answered that they do not have them. Pure data, for one thread at a time.
class held_messages {
public:
  /// Beyond these limits the oldest messages are dropped. They count as missing then.
  held_messages(std::size_t max_messages, std::size_t max_bytes) : max_messages_(max_messages), max_bytes_(max_bytes) {}

  /// Holds a message, unless the same one is held.
  void add(history_log::entry message);
  /// Takes note that a node knows a stream up to a number, though it may not have all messages before it any more.
  /// @param time of the newest message that the node does not have any more
  void claim(stream_id of, std::uint64_t have, std::chrono::milliseconds time);

  /// Takes the next message for a log, in the order of their times. Drops what the log has already.
  /// @param with_gaps true to take messages that do not connect, too: then the next entry may be a gap without a
  /// message, up to its number
  /// @returns nothing if there is none
  std::optional<history_log::entry> next(const history_log& to, bool with_gaps);
  /// True if nothing is held that the log does not have. Drops what it has.
  bool is_empty(const history_log& to);

private:
  struct stream {
    std::map<std::uint64_t, history_log::entry> messages;
    std::uint64_t claimed = 0;
    std::chrono::milliseconds claimed_time{0};
  };

  void drop_known(const history_log& to);
  void erase(stream& of, std::map<std::uint64_t, history_log::entry>::iterator which);
  void drop_oldest();

  const std::size_t max_messages_;
  const std::size_t max_bytes_;
  std::map<stream_id, stream> streams_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace bennu
