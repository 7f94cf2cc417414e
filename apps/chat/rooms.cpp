#include "rooms.hpp"

namespace chat {

rooms::entrance rooms::enter(std::string_view room) {
  const auto windows = table_.lock();
  const auto found = windows->find(room);
  if (found == windows->end()) {
    if (windows->size() >= limits_.max_rooms) return entrance::too_many_rooms;
    windows->emplace(room, 1);
    return entrance::open;
  }
  if (found->second >= limits_.max_windows) return entrance::room_is_full;
  ++found->second;
  return entrance::open;
}

void rooms::leave(std::string_view room) {
  const auto windows = table_.lock();
  const auto left = windows->find(room);
  if (--left->second == 0) windows->erase(left);
}

}  // namespace chat
