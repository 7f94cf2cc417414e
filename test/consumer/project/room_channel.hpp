#pragma once

#include <string>

#include <bennu/channels/channel.hpp>

struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

/// A room that hears what its members say.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) { on.in("new_msg", &room_channel::new_msg); }

  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }

private:
  bennu::in_result new_msg(const message& said) {
    if (said.body.empty()) return bennu::reply(bennu::error, {{"reason", "empty"}});
    broadcast("new_msg", said);
    return bennu::noreply;
  }
};
