#include "room_channel.hpp"

#include <chrono>
#include <utility>

#include "visitor.hpp"

namespace chat {

using namespace bennu::literals;
using namespace std::chrono_literals;
using bennu::ok;

namespace {

/// The reason why a room may not have this name; empty if it may.
std::string error_in(std::string_view room) {
  auto error = bennu::length(1, max_room_bytes)(room);
  if (error.empty()) error = visible()(room);
  if (error.empty() && cleaned(room) != room) error = "expected a name without invisible characters and extra spaces";
  return error;
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

void room_channel::handlers(bennu::handlers<room_channel>& on) {
  show_presences(on);
  on.history({.messages = 100, .age = 24h, .bytes = 512_KB});
  on.idempotent_pushes({.age = 24h});
  on.in("say", &room_channel::say);
  on.in("typing", &room_channel::typing);
  on.info(&room_channel::list);
}

bennu::join_result room_channel::join(const bennu::topic& topic, bennu::payload) {
  const auto room = topic.subtopic();
  if (const auto error = error_in(room); !error.empty()) {
    return bennu::refuse({{"reason", "bad room name"}, {"message", error}});
  }
  switch (rooms_.enter(room)) {
    case rooms::entrance::room_is_full:
      return bennu::refuse({{"reason", "room is full"}});
    case rooms::entrance::too_many_rooms:
      return bennu::refuse({{"reason", "too many rooms"}});
    case rooms::entrance::open:
      break;
  }
  send_self(after_join{});
  enter(name(), {{"typing", false}});
  return bennu::accept();
}

void room_channel::list(const after_join&) { here().track(self(), directory, room(), {{"name", name()}}); }

void room_channel::terminate(const bennu::exit_reason&) { rooms_.leave(room()); }

bennu::in_result room_channel::say(say_params params) {
  broadcast("message", message{std::move(params.id), name(), std::move(params.body), now_ms()});
  return bennu::reply(ok);
}

void room_channel::typing(typing_params params) {
  if (std::exchange(is_typing_, params.on) == params.on) return;
  here().update(self(), topic().name(), name(), {{"typing", params.on}});
}

const std::string& room_channel::name() const { return assigns().get<visitor>()->name; }

}  // namespace chat
