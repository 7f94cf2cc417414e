#include "room_channel.hpp"

#include <utility>

#include "user_socket.hpp"

namespace chat {

using bennu::ok;

void room_channel::handlers(bennu::handlers<room_channel>& on) {
  show_presences(on);
  on.in("say", &room_channel::say);
  on.in("typing", &room_channel::typing);
  on.info(&room_channel::welcome);
}

bennu::join_result room_channel::join(const bennu::topic& topic, bennu::payload) {
  const auto room = topic.subtopic();
  auto wrong = bennu::length(1, max_room_bytes)(room);
  if (wrong.empty()) wrong = visible()(room);
  if (!wrong.empty()) return bennu::refuse({{"reason", "bad room name"}, {"message", wrong}});
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

/// Only now is this channel subscribed: had `join` taken the messages along, one that was said in between would be
/// missed.
void room_channel::welcome(const after_join&) {
  push("state", {{"run", rooms_.run()}, {"messages", bennu::encode(rooms_.messages(room()))}});
  here().track(self(), directory, room(), {{"name", name()}});
}

void room_channel::terminate(const bennu::exit_reason&) { rooms_.leave(room()); }

bennu::in_result room_channel::say(say_params what) {
  auto [message, is_new] = rooms_.say(room(), name(), std::move(what.id), std::move(what.body));
  if (is_new) broadcast_from("message", message);
  return bennu::reply(ok, message);
}

void room_channel::typing(typing_params what) {
  if (std::exchange(is_typing_, what.on) == what.on) return;
  here().update(self(), topic().name(), name(), {{"typing", what.on}});
}

const std::string& room_channel::name() const { return assigns().get<visitor>()->name; }

}  // namespace chat
