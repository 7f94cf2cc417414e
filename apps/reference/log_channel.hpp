#pragma once

#include "room_channel.hpp"

namespace reference {

/// `log:*`: a room that keeps history.
class log_channel final : public room_channel {
public:
  static void handlers(bennu::handlers<log_channel>& on);

private:
  /// Broadcasts `whisper` with the payload, which is not kept.
  void whisper(bennu::payload content);
  /// Broadcasts `filled` `n` times, each with its number `i` and a `pad` of `size` characters.
  bennu::in_result fill(const bennu::json& params);
};

}  // namespace reference
