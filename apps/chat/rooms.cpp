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
  const std::lock_guard lock{mutex_};
  auto* const found = find_or_make(room);
  if (found == nullptr) return entrance::too_many_rooms;
  if (found->windows >= limits_.max_windows) return entrance::room_is_full;
  ++found->windows;
  return entrance::open;
}

void rooms::leave(std::string_view room) {
  const std::lock_guard lock{mutex_};
  auto& left = rooms_.find(room)->second;
  --left.windows;
  left.empty_since = ++exits_;
}

rooms::said rooms::say(std::string_view room, std::string_view name, std::string id, std::string body) {
  const std::lock_guard lock{mutex_};
  auto& [messages, last_number, windows, empty_since] = rooms_.find(room)->second;
  const auto known =
      std::find_if(messages.rbegin(), messages.rend(), [&](const message& m) { return m.id == id && m.name == name; });
  if (known != messages.rend()) return {*known, false};
  messages.push_back({run_, ++last_number, std::move(id), std::string{name}, std::move(body), now_ms()});
  if (messages.size() > limits_.max_messages) messages.pop_front();
  return {messages.back(), true};
}

std::vector<message> rooms::messages(std::string_view room) const {
  const std::lock_guard lock{mutex_};
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return {};
  return {found->second.messages.begin(), found->second.messages.end()};
}

rooms::room* rooms::find_or_make(std::string_view name) {
  const auto found = rooms_.find(name);
  if (found != rooms_.end()) return &found->second;
  if (rooms_.size() >= limits_.max_rooms) forget_longest_empty();
  if (rooms_.size() >= limits_.max_rooms) return nullptr;
  return &rooms_[std::string{name}];
}

void rooms::forget_longest_empty() {
  auto longest = rooms_.end();
  for (auto one = rooms_.begin(); one != rooms_.end(); ++one) {
    if (one->second.windows != 0) continue;
    if (longest == rooms_.end() || one->second.empty_since < longest->second.empty_since) longest = one;
  }
  if (longest != rooms_.end()) rooms_.erase(longest);
}

}  // namespace chat
