#pragma once

#include <bennu/channels/channel.hpp>

#include "rooms.hpp"

namespace chat {

/// `rooms`: tells which rooms there are, as the event `rooms`: once after the join, and whenever somebody enters or
/// leaves one.
class rooms_channel final : public bennu::channel {
public:
  explicit rooms_channel(rooms& all) : rooms_(all) {}

  static void handlers(bennu::handlers<rooms_channel>& on) { on.info(&rooms_channel::welcome); }

  bennu::join_result join(const bennu::topic&, bennu::payload) override {
    send_self(after_join{});
    return bennu::accept();
  }

private:
  struct after_join {};

  void welcome(const after_join&) { push("rooms", rooms_.list()); }

  rooms& rooms_;
};

}  // namespace chat
