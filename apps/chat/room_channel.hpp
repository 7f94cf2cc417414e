#pragma once

#include <cstdint>
#include <string>

#include <bennu/channels/presence_channel.hpp>

#include "rooms.hpp"
#include "text.hpp"

namespace chat {

/// The presence topic whose keys are the rooms. Each has a meta `{"name": …}` for every window that is open on it.
inline constexpr const char* directory = "rooms";

/// A message of a visitor, as the clients in the room get it.
struct message {
  std::string id;    ///< chosen by the client that sent it
  std::string name;  ///< of its sender
  std::string body;
  std::int64_t at = 0;  ///< milliseconds since 1970, UTC

  static void fields(auto& self, auto&& f) {
    f("id", self.id);
    f("name", self.name);
    f("body", self.body);
    f("at", self.at);
  }
};

/// `room:<name>`: a visitor's window in a room. The room keeps its newest messages for windows that open later, or that
/// were cut off.
///
/// | client says       | is answered               | all in the room get                  |
/// |-------------------|---------------------------|--------------------------------------|
/// | join              | {}, then `presence_state` | `presence_diff`: somebody came       |
/// | `say` {id, body}  | {}                        | `message`                            |
/// | `typing` {on}     |                           | `presence_diff`: the meta's `typing` |
/// | leave, or is gone |                           | `presence_diff`: somebody went       |
class room_channel final : public bennu::presence_channel {
public:
  room_channel(rooms& all, bennu::presence& here) : presence_channel(here), rooms_(all) {}

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
  struct typing_params {
    bool on = false;

    static void fields(auto& self, auto&& f) { f("on", self.on); }
  };

  bennu::in_result say(say_params params);
  void typing(typing_params params);
  void list(const after_join& now);

  std::string_view room() const { return topic().subtopic(); }
  const std::string& name() const;

  rooms& rooms_;
  bool is_typing_ = false;
};

}  // namespace chat
