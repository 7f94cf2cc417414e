#include "rooms.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace chat {

namespace {

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string new_run() { return std::to_string(std::chrono::system_clock::now().time_since_epoch().count()); }

}  // namespace

rooms::rooms(limits wanted) : limits_(wanted), run_(new_run()) {}

rooms::entrance rooms::enter(std::string_view room) {
  const auto table = table_.lock();
  auto* const found = table->find_or_make(room, limits_.max_rooms);
  if (found == nullptr) return entrance::too_many_rooms;
  if (found->windows >= limits_.max_windows) return entrance::room_is_full;
  ++found->windows;
  return entrance::open;
}

void rooms::leave(std::string_view room) {
  const auto table = table_.lock();
  auto& left = table->by_name.find(room)->second;
  --left.windows;
  left.empty_since = ++table->exits;
}

rooms::said rooms::say(std::string_view room, std::string_view name, std::string id, std::string body) {
  const auto table = table_.lock();
  auto& [messages, last_number, windows, empty_since] = table->by_name.find(room)->second;
  const auto known =
      std::find_if(messages.rbegin(), messages.rend(), [&](const message& m) { return m.id == id && m.name == name; });
  if (known != messages.rend()) return {*known, false};
  messages.push_back({run_, ++last_number, std::move(id), std::string{name}, std::move(body), now_ms()});
  if (messages.size() > limits_.max_messages) messages.pop_front();
  return {messages.back(), true};
}

std::vector<message> rooms::messages(std::string_view room) const {
  const auto table = table_.lock();
  const auto found = table->by_name.find(room);
  if (found == table->by_name.end()) return {};
  return {found->second.messages.begin(), found->second.messages.end()};
}

rooms::room* rooms::table::find_or_make(std::string_view name, std::size_t max_rooms) {
  const auto found = by_name.find(name);
  if (found != by_name.end()) return &found->second;
  if (by_name.size() >= max_rooms) forget_longest_empty();
  if (by_name.size() >= max_rooms) return nullptr;
  return &by_name[std::string{name}];
}

void rooms::table::forget_longest_empty() {
  auto longest = by_name.end();
  for (auto one = by_name.begin(); one != by_name.end(); ++one) {
    if (one->second.windows != 0) continue;
    if (longest == by_name.end() || one->second.empty_since < longest->second.empty_since) longest = one;
  }
  if (longest != by_name.end()) by_name.erase(longest);
}

}  // namespace chat
