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
  std::uint64_t number = 0;  ///< its place in the room, from 1
  std::string id;            ///< made up by the client that said it
  std::string name;          ///< of who said it
  std::string body;
  std::int64_t at = 0;  ///< milliseconds since 1970, UTC

  static void fields(auto& self, auto&& f) {
    f("number", self.number);
    f("id", self.id);
    f("name", self.name);
    f("body", self.body);
    f("at", self.at);
  }
};

/// Who is in a room. Of two such lists the one with the higher version is the newer one: they may overtake each other
/// on their way from several threads.
struct people {
  std::uint64_t version = 0;
  std::vector<std::string> names;  ///< sorted; once each, in however many windows somebody has the room open

  static void fields(auto& self, auto&& f) {
    f("version", self.version);
    f("names", self.names);
  }
};

/// The rooms there are; versions as in `people`.
struct room_list {
  struct entry {
    std::string name;
    std::size_t people = 0;

    static void fields(auto& self, auto&& f) {
      f("name", self.name);
      f("people", self.people);
    }
  };
  std::uint64_t version = 0;
  std::vector<entry> rooms;  ///< sorted by name

  static void fields(auto& self, auto&& f) {
    f("version", self.version);
    f("rooms", self.rooms);
  }
};

/// What is said in the rooms, and who is there: in memory only, gone when the program ends.
///
/// Shared by all channels, so any thread may call; each call holds one lock, for as long as a copy of what it returns
/// takes.
class rooms {
public:
  struct limits {
    std::size_t max_rooms = 100;     ///< for one more, an empty room is forgotten; where none is empty, `enter` refuses
    std::size_t max_people = 200;    ///< names in one room; `enter` refuses one more
    std::size_t max_messages = 100;  ///< kept of one room; for one more the oldest is forgotten
  };
  enum class entrance : std::uint8_t { open, room_is_full, too_many_rooms };

  rooms() : rooms(limits{}) {}
  explicit rooms(limits wanted);

  /// Lets a window of `name` in, unless refused. Each that was let in leaves once.
  entrance enter(std::string_view room, std::string_view name);
  void leave(std::string_view room, std::string_view name);

  /// Keeps what `name` said, a member of the room. A client that got no answer says it again: what is kept already
  /// under this name and id is not kept twice.
  struct said {
    message what;  ///< as it is kept
    bool is_new = false;
  };
  said say(std::string_view room, std::string_view name, std::string id, std::string body);

  /// The oldest first.
  std::vector<message> messages(std::string_view room) const;
  people people_in(std::string_view room) const;
  room_list list() const;

  /// Another one for each object of this class: by this, clients notice that messages and versions are counted from the
  /// beginning.
  const std::string& run() const noexcept { return run_; }

private:
  struct room {
    std::deque<message> messages;
    std::uint64_t last_number = 0;
    std::map<std::string, std::size_t, std::less<>> windows;  ///< by name
    std::uint64_t empty_since = 0;                            ///< the version at which the last one left
  };

  room* find_or_make(std::string_view name);
  void forget_longest_empty();

  const limits limits_;
  const std::string run_;
  mutable std::mutex mutex_;
  std::map<std::string, room, std::less<>> rooms_;
  std::uint64_t version_ = 0;  ///< counts entrances and exits
};

}  // namespace chat
