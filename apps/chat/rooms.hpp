#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

/// What somebody said, as a room keeps it and its clients get it.
struct message {
  std::string run;           ///< which rooms it was said in: see `rooms::run`
  std::uint64_t number = 0;  ///< its place in the room there, from 1
  std::string id;            ///< made up by the client that said it
  std::string name;          ///< of who said it
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

/// What is said in the rooms: in memory only, gone when the program ends.
///
/// Shared by all channels, so any thread may call; each call holds one lock, for as long as a copy of what it returns
/// takes.
class rooms {
public:
  struct limits {
    std::size_t max_rooms = 100;     ///< for one more, an empty room is forgotten; where none is empty, `enter` refuses
    std::size_t max_windows = 200;   ///< on one room; `enter` refuses one more
    std::size_t max_messages = 100;  ///< kept of one room; for one more the oldest is forgotten
  };
  enum class entrance : std::uint8_t { open, room_is_full, too_many_rooms };

  rooms() : rooms(limits{}) {}
  explicit rooms(limits wanted);

  /// Lets somebody's window in, unless refused. Each that was let in leaves once.
  entrance enter(std::string_view room);
  void leave(std::string_view room);

  /// Keeps what `name` said, from a window on the room. A client that got no answer says it again: what is kept already
  /// under this name and id is not kept twice.
  struct said {
    message what;  ///< as it is kept
    bool is_new = false;
  };
  said say(std::string_view room, std::string_view name, std::string id, std::string body);

  /// The oldest first.
  std::vector<message> messages(std::string_view room) const;

  /// Another one for each object of this class, on whichever node: messages of one run are counted from the beginning,
  /// and apart from those of others.
  const std::string& run() const noexcept { return run_; }

private:
  struct room {
    std::deque<message> messages;
    std::uint64_t last_number = 0;
    std::size_t windows = 0;
    std::uint64_t empty_since = 0;  ///< how many exits there were when the last one left
  };

  room* find_or_make(std::string_view name);
  void forget_longest_empty();

  const limits limits_;
  const std::string run_;
  mutable std::mutex mutex_;
  std::map<std::string, room, std::less<>> rooms_;
  std::uint64_t exits_ = 0;
};

}  // namespace chat
