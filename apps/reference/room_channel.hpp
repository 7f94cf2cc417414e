#pragma once

#include <string>

#include <bennu/channels/channel.hpp>

namespace reference {

/// `room:*`: makes every behaviour of a channel reachable from a client, with one event for each.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on);

  bennu::join_result join(const bennu::topic& topic, bennu::payload params) override;
  void terminate(const bennu::exit_reason& why) override;

private:
  struct after_join {};
  struct later {
    std::string event;
    bennu::json payload;
  };

  // pushes with a reply
  bennu::in_result echo(bennu::payload content);
  bennu::in_result fail(bennu::payload content);
  bennu::in_result sleep(const bennu::json& params);
  bennu::in_result reply_later(const bennu::json& params);
  bennu::in_result set_assign(const bennu::json& params);
  bennu::in_result all_assigns(bennu::payload);
  bennu::in_result subscribe_to(const bennu::json& params);
  bennu::in_result unsubscribe_from(const bennu::json& params);
  bennu::in_result publish_to(const bennu::json& params);
  bennu::in_result disconnect(const bennu::json& params);

  // pushes without a reply
  void shout(bennu::payload content);
  void shout_from(bennu::payload content);
  void push_back(bennu::payload content);
  void broadcast_private(bennu::json content);
  void watch(const bennu::json& params);
  void info(const bennu::json& params);

  // ends of the channel
  bennu::in_result stop_with_reply(bennu::payload content);

  // other messages
  bennu::out_result private_out(bennu::json content);
  void greet(const after_join&);
  void push_later(const later& content);
  void report_down(const bennu::down& content);
  void report_published(const bennu::published& content);
  void report_broadcast(const bennu::broadcast& content);

  bennu::json user() const { return assigns()["user"]; }
};

}  // namespace reference
