#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <bennu/runtime/guarded.hpp>

namespace chat {

/// The rooms, and the number of windows that are open on each.
///
/// All channels share one object. Any thread may call it.
class rooms {
public:
  struct limits {
    std::size_t max_rooms = 100;    ///< rooms with a window; `enter` refuses one more
    std::size_t max_windows = 200;  ///< open windows of one room; `enter` refuses one more
  };
  enum class entrance : std::uint8_t { open, room_is_full, too_many_rooms };

  rooms() : rooms(limits{}) {}
  explicit rooms(limits wanted) : limits_(wanted) {}

  /// Counts a window on the room if the result is `open`. Each window that is counted leaves once.
  entrance enter(std::string_view room);
  void leave(std::string_view room);

private:
  using table = std::map<std::string, std::size_t, std::less<>>;  ///< number of windows by the room's name

  const limits limits_;
  bennu::guarded<table> table_;
};

}  // namespace chat
