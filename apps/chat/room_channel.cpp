#include "room_channel.hpp"

#include <utility>

#include "visitor.hpp"

namespace chat {

using bennu::ok;

namespace {

/// The reason why a room may not have this name; empty if it may.
std::string error_in(std::string_view room) {
  auto error = bennu::length(1, max_room_bytes)(room);
  if (error.empty()) error = visible()(room);
  if (error.empty() && cleaned(room) != room) error = "expected a name without invisible characters and extra spaces";
  return error;
}

}  // namespace

void room_channel::handlers(bennu::handlers<room_channel>& on) {
  show_presences(on);
  on.in("say", &room_channel::say);
  on.in("typing", &room_channel::typing);
  on.info(&room_channel::welcome);
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

/// Runs once this channel is subscribed. A message that is sent between a copy made by `join` and the subscription
/// would be missed.
void room_channel::welcome(const after_join&) {
  push("state", {{"run", rooms_.run()}, {"messages", bennu::encode(rooms_.messages(room()))}});
  here().track(self(), directory, room(), {{"name", name()}});
}

void room_channel::terminate(const bennu::exit_reason&) { rooms_.leave(room()); }

bennu::in_result room_channel::say(say_params params) {
  auto [message, is_new] = rooms_.say(room(), name(), std::move(params.id), std::move(params.body));
  if (is_new) broadcast_from("message", message);
  return bennu::reply(ok, message);
}

void room_channel::typing(typing_params params) {
  if (std::exchange(is_typing_, params.on) == params.on) return;
  here().update(self(), topic().name(), name(), {{"typing", params.on}});
}

const std::string& room_channel::name() const { return assigns().get<visitor>()->name; }

}  // namespace chat
