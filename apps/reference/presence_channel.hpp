#pragma once

#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/presence.hpp>

namespace reference {

/// `presence:*`: each client that joins is present under the user's name.
class presence_channel final : public bennu::channel {
public:
  explicit presence_channel(bennu::presence& here) : here_(here) {}
  static void handlers(bennu::handlers<presence_channel>& on);

  bennu::join_result join(const bennu::topic& topic, bennu::payload params) override;

private:
  struct after_join {};

  bennu::in_result set_status(const bennu::json& params);
  bennu::in_result leave_presence(bennu::payload);
  void enter(const after_join&);

  /// The user of a channel whose join was accepted.
  const std::string& user() const { return assigns().as_string("user"); }

  bennu::presence& here_;
};

}  // namespace reference
