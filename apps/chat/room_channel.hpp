#pragma once

#include <string>

#include <bennu/channels/channel.hpp>

#include "rooms.hpp"
#include "text.hpp"

namespace chat {

/// `room:<name>`: somebody's window on a room.
///
/// | client says       | is answered                          | the others in the room hear |
/// |-------------------|--------------------------------------|-----------------------------|
/// | join              | {}, then `state`                     | `people`                    |
/// | `say` {id, body}  | the `message` as the room keeps it   | `message`                   |
/// | `typing`          |                                      | `typing` {name}             |
/// | leave, or is gone |                                      | `people`                    |
class room_channel final : public bennu::channel {
public:
  explicit room_channel(rooms& all) : rooms_(all) {}

  static void handlers(bennu::handlers<room_channel>& on);

  bennu::join_result join(const bennu::topic& topic, bennu::payload params) override;
  void terminate(const bennu::exit_reason& why) override;

private:
  struct after_join {};
  struct say_params {
    std::string id;
    std::string body;

    static void fields(auto& self, auto&& f) {
      f("id", self.id, bennu::length(1, max_id_bytes), visible());
      f("body", self.body, bennu::length(1, max_body_bytes), visible("\n\t"));
    }
  };

  bennu::in_result say(say_params what);
  void typing(const bennu::payload& nothing);
  void welcome(const after_join& now);
  void tell_rooms();

  std::string_view room() const { return topic().subtopic(); }
  const std::string& name() const;

  rooms& rooms_;
};

}  // namespace chat
