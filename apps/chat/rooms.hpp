#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/guarded.hpp>

namespace chat {

/// A message as a room keeps it and its clients get it.
struct message {
  std::string run;           ///< of the rooms it was sent to: see `rooms::run`
  std::uint64_t number = 0;  ///< its place in the room there, from 1
  std::string id;            ///< chosen by the client that sent it
  std::string name;          ///< of its sender
  std::string body;
  std::int64_t at = 0;  ///< milliseconds since 1970, UTC

  static void fields(auto& self, auto&& f) {
    f("run", self.run);
    f("number", self.number);
    f("id", self.id);
    f("name", self.name);
    f("body", self.body);
    f("at", self.at);
  }
};

/// The messages of all rooms, in memory only: they are gone when the program ends.
///
/// All channels share one object. Any thread may call it; each call holds one lock while it copies its result.
class rooms {
public:
  struct limits {
    std::size_t max_rooms = 100;     ///< one more replaces an empty room; if none is empty, `enter` refuses
    std::size_t max_windows = 200;   ///< open windows of one room; `enter` refuses one more
    std::size_t max_messages = 100;  ///< kept for one room; one more replaces the oldest
  };
  enum class entrance : std::uint8_t { open, room_is_full, too_many_rooms };

  rooms() : rooms(limits{}) {}
  explicit rooms(limits wanted);

  /// Counts a window on the room if the result is `open`. Each window that is counted leaves once.
  entrance enter(std::string_view room);
  void leave(std::string_view room);

  /// Keeps a message from a window on the room. A client that got no answer sends it again: a message of this name and
  /// id is kept once.
  struct said {
    message kept;
    bool is_new = false;
  };
  said say(std::string_view room, std::string_view name, std::string id, std::string body);

  /// The oldest first.
  std::vector<message> messages(std::string_view room) const;

  /// Differs for each object of this class, on all nodes. The messages of one run are numbered from 1, independently of
  /// other runs.
  const std::string& run() const noexcept { return run_; }

private:
  struct room {
    std::deque<message> messages;
    std::uint64_t last_number = 0;
    std::size_t windows = 0;
    std::uint64_t empty_since = 0;  ///< number of exits when the last window left
  };

  /// The rooms that have a window or messages.
  struct table {
    room* find_or_make(std::string_view name, std::size_t max_rooms);
    void forget_longest_empty();

    std::map<std::string, room, std::less<>> by_name;
    std::uint64_t exits = 0;
  };

  const limits limits_;
  const std::string run_;
  bennu::guarded<table> table_;
};

}  // namespace chat
