#include "presence_channel.hpp"

#include <chrono>
#include <cstdint>
#include <variant>

namespace reference {

using bennu::json;
using bennu::payload;

namespace {

std::int64_t seconds_now() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

void presence_channel::handlers(bennu::handlers<presence_channel>& on) {
  on.in("status", &presence_channel::set_status);
  on.in("leave_presence", &presence_channel::leave_presence);
  on.info(&presence_channel::enter);
}

bennu::join_result presence_channel::join(const bennu::topic&, payload) {
  if (!assigns()["user"].is_string()) return bennu::refuse({{"reason", "no user"}});
  send_self(after_join{});
  return bennu::accept();
}

void presence_channel::enter(const after_join&) {
  here_.track(self(), topic().name(), user(), {{"online_at", seconds_now()}, {"status", "online"}});
  // Sent at once, as in Phoenix's channels. After the join, the client must receive the state before the diffs of its
  // next actions, because otherwise its class Presence reports these twice.
  push("presence_state", here_.list(topic().name()));
}

bennu::in_result presence_channel::set_status(const json& params) {
  const auto done = here_.update(self(), topic().name(), user(), [&](json meta) {
    meta.set("status", params["status"]);
    return meta;
  });
  if (const auto* why = std::get_if<bennu::presence_error>(&done))
    return reply(bennu::error, {{"reason", to_string(*why)}});
  return reply(bennu::ok);
}

bennu::in_result presence_channel::leave_presence(payload) {
  here_.untrack(self(), topic().name(), user());
  return reply(bennu::ok);
}

}  // namespace reference
