#pragma once

#include <stdexcept>
#include <string>

#include <bennu/channels/channel.hpp>

namespace reference {

/// `room:*`: makes every behaviour of a channel reachable from a client, with one event for each.
class room_channel : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) { add_handlers(on); }

  bennu::join_result join(const bennu::topic& topic, bennu::payload params) override;
  void terminate(const bennu::exit_reason& why) override;

protected:
  /// Registers the handlers of `room:*`. `Channel` is this class, or one that derives from it.
  template <class Channel>
  static void add_handlers(bennu::handlers<Channel>& on);

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

template <class Channel>
void room_channel::add_handlers(bennu::handlers<Channel>& on) {
  on.in("echo", &room_channel::echo);
  on.in("error", &room_channel::fail);
  on.in("ping", [](room_channel&, const bennu::payload&) { return reply(bennu::ok); });
  on.in("noreply", [](room_channel&, const bennu::payload&) { return bennu::noreply; });
  on.in("shout", &room_channel::shout);
  on.in("shout_from", &room_channel::shout_from);
  on.in("push", &room_channel::push_back);
  on.in("private", &room_channel::broadcast_private);
  on.in("stop", [](room_channel&, const bennu::payload&) { return stop(bennu::normal); });
  on.in("stop_reply", &room_channel::stop_with_reply);
  on.in("stop_shutdown", [](room_channel&, const bennu::payload&) { return stop(bennu::shutdown); });
  on.in("stop_error", [](room_channel&, const bennu::payload&) { return stop(bennu::exit_reason::error("boom")); });
  on.in("crash", [](room_channel&, const bennu::payload&) { throw std::runtime_error("crash"); });
  on.in("sleep", &room_channel::sleep);
  on.in("later", &room_channel::reply_later);
  on.in("assign", &room_channel::set_assign);
  on.in("assigns", &room_channel::all_assigns);
  on.in("watch", &room_channel::watch);
  on.in("info", &room_channel::info);
  on.in("subscribe", &room_channel::subscribe_to);
  on.in("unsubscribe", &room_channel::unsubscribe_from);
  on.in("publish", &room_channel::publish_to);
  on.in("disconnect", &room_channel::disconnect);
  on.out("private", &room_channel::private_out);
  on.info(&room_channel::greet);
  on.info(&room_channel::push_later);
  on.info(&room_channel::report_down);
  on.info(&room_channel::report_published);
  on.info(&room_channel::report_broadcast);
}

}  // namespace reference
