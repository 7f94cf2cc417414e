#pragma once

#include <bennu/channels/presence_channel.hpp>

namespace chat {

/// `rooms`: the rooms there are, and the people in each, as the presences of this topic. Its clients watch them without
/// being present themselves.
class rooms_channel final : public bennu::presence_channel {
public:
  explicit rooms_channel(bennu::presence& here) : presence_channel(here) {}

  static void handlers(bennu::handlers<rooms_channel>& on) { show_presences(on); }

  bennu::join_result join(const bennu::topic&, bennu::payload) override {
    watch();
    return bennu::accept();
  }
};

}  // namespace chat
