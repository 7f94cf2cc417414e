#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/pubsub/messages.hpp>

namespace info_tests {

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::payload;

struct tick {
  int n = 0;
};
struct alarm_bell {};
struct stop_now {};
struct stop_badly {};
struct crash_now {};
struct work {};
struct unknown {};

/// Handles messages of every origin: of itself, of timers, of other topics, and of other actors.
class clock_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<clock_channel>& on) {
    on.in("tick", [](clock_channel& self, const json& received) { self.send_self(tick{int(received.as_int("n"))}); });
    on.in("after", &clock_channel::start);
    on.in("cancel", [](clock_channel& self, const payload&) { self.cancel(self.last_); });
    on.in("every", [](clock_channel& self, const payload&) { self.send_after(1min, alarm_bell{}); });
    on.in("two", [](clock_channel& self, const payload&) {
      self.send_self(tick{1});
      self.send_self(tick{2});
      self.push("done", {});
    });
    on.in("subscribe", [](clock_channel& self, const json& received) { self.subscribe(received.as_string("topic")); });
    on.in("unsubscribe",
          [](clock_channel& self, const json& received) { self.unsubscribe(received.as_string("topic")); });
    on.in("publish", [](clock_channel& self, const json& received) {
      self.publish(received.as_string("topic"), received["message"]);
    });
    on.info([](clock_channel& self, const tick& received) { self.push("tick", {{"n", received.n}}); });
    on.info(&clock_channel::ring);
    on.info([](clock_channel&, const stop_now&) { return stop(bennu::shutdown); });
    on.info([](clock_channel&, const stop_badly&) { return stop(exit_reason::error("badly")); });
    on.info([](clock_channel&, const crash_now&) { throw std::runtime_error("crash"); });
    on.info([](clock_channel& self, const work&) {
      return bennu::blocking([&self] {
        ++self.worked;
        return bennu::noreply;
      });
    });
    on.info([](clock_channel& self, const bennu::published& received) {
      self.push("published", {{"topic", received.topic}, {"message", received.message}});
    });
    on.info([](clock_channel& self, const bennu::broadcast& received) {
      self.push("heard",
                {{"topic", received.topic}, {"event", received.event}, {"payload", received.payload.as_json()}});
    });
    on.info([](clock_channel& self, const bennu::down& received) {
      self.push("down", {{"reason", received.why.text()}, {"known", received.who == self.watched}});
    });
    on.info([](clock_channel& self, const std::string& text) { self.push("text", {{"text", text}}); });
    on.info([](clock_channel& self, const std::int32_t& n) { self.push("number", {{"n", n}}); });
    on.info([](clock_channel& self, const bennu::actor_ref& who) {
      self.watched = who;
      self.monitor(who);
      self.monitor(who);
    });
    on.info(
        [](clock_channel& self, const std::pair<bennu::actor_ref, bool>& received) { self.demonitor(received.first); });
  }

  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

  int worked = 0;
  bennu::actor_ref watched;

private:
  void start(const json& received) {
    last_ = send_after(std::chrono::milliseconds{received.as_int("ms")}, tick{int(received.as_int("n"))});
  }
  void ring(const alarm_bell&) {
    push("ring", {});
    send_after(1min, alarm_bell{});
  }

  bennu::timer last_;
};

}  // namespace info_tests
