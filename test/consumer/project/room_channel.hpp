#pragma once

#include <chrono>
#include <string>

#include <bennu/channels/channel.hpp>

struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

/// A room that receives its members' messages. A member that sends nothing for an hour is removed.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("new_msg", &room_channel::new_msg);
    on.info(&room_channel::grow_tired);
  }

  bennu::join_result join(const bennu::topic& topic, bennu::payload) override {
    if (topic.subtopic() == "private") return bennu::refuse({{"reason", "unauthorized"}});
    wait();
    return bennu::accept();
  }

private:
  struct patience {
    int of;
  };

  bennu::in_result new_msg(const message& said) {
    if (said.body.empty()) return bennu::reply(bennu::error, {{"reason", "empty"}});
    broadcast("new_msg", said);
    wait();
    return bennu::noreply;
  }
  bennu::info_result grow_tired(const patience& limit) {
    if (limit.of != said_) return bennu::noreply;
    return stop(bennu::normal);
  }
  void wait() { send_after(std::chrono::hours{1}, patience{++said_}); }

  int said_ = 0;
};
