#include <bennu/channels/testing/channel_case.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::payload;

namespace {

struct tick {
  int n = 0;
};
struct alarm_bell {};
struct stop_now {};
struct stop_badly {};
struct crash_now {};
struct work {};
struct unknown {};

class clock_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<clock_channel>& on) {
    on.in("tick", [](clock_channel& self, const json& what) { self.send_self(tick{int(what.as_int("n"))}); });
    on.in("after", &clock_channel::start);
    on.in("cancel", [](clock_channel& self, const payload&) { self.cancel(self.last_); });
    on.in("every", [](clock_channel& self, const payload&) { self.send_after(1min, alarm_bell{}); });
    on.in("two", [](clock_channel& self, const payload&) {
      self.send_self(tick{1});
      self.send_self(tick{2});
      self.push("done", {});
    });
    on.in("subscribe", [](clock_channel& self, const json& what) { self.subscribe(what.as_string("topic")); });
    on.in("unsubscribe", [](clock_channel& self, const json& what) { self.unsubscribe(what.as_string("topic")); });
    on.in("publish",
          [](clock_channel& self, const json& what) { self.publish(what.as_string("topic"), what["message"]); });
    on.info([](clock_channel& self, const tick& what) { self.push("tick", {{"n", what.n}}); });
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
    on.info([](clock_channel& self, const bennu::published& what) {
      self.push("published", {{"topic", what.topic}, {"message", what.message}});
    });
    on.info([](clock_channel& self, const bennu::broadcast& what) {
      self.push("heard", {{"topic", what.topic}, {"event", what.event}, {"payload", what.payload.as_json()}});
    });
    on.info([](clock_channel& self, const bennu::down& what) {
      self.push("down", {{"reason", what.why.text()}, {"known", what.who == self.watched}});
    });
    on.info([](clock_channel& self, const std::string& text) { self.push("text", {{"text", text}}); });
    on.info([](clock_channel& self, const std::int32_t& n) { self.push("number", {{"n", n}}); });
    on.info([](clock_channel& self, const bennu::actor_ref& who) {
      self.watched = who;
      self.monitor(who);
      self.monitor(who);
    });
    on.info([](clock_channel& self, const std::pair<bennu::actor_ref, bool>& what) { self.demonitor(what.first); });
  }

  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

  int worked = 0;
  bennu::actor_ref watched;

private:
  void start(const json& what) {
    last_ = send_after(std::chrono::milliseconds{what.as_int("ms")}, tick{int(what.as_int("n"))});
  }
  void ring(const alarm_bell&) {
    push("ring", {});
    send_after(1min, alarm_bell{});
  }

  bennu::timer last_;
};

caf::actor spawn_idler(channel_test& test) {
  return test.actors().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
}

}  // namespace

TEST_CASE_FIXTURE(channel_case, "messages of a channel to itself come after its present work, in order") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("two");
  settle();
  CHECK(room.received() == std::vector{push{"clock:1", "done", {}}, push{"clock:1", "tick", {{"n", 1}}},
                                       push{"clock:1", "tick", {{"n", 2}}}});
}

TEST_CASE_FIXTURE(channel_case, "a delayed message comes when its time has come, not before") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("after", {{"ms", 2000}, {"n", 2}});
  room.push_in("after", {{"ms", 1000}, {"n", 1}});
  advance(999ms);
  room.refute_pushes();
  advance(1ms);
  room.assert_push("tick", {{"n", 1}});
  room.refute_pushes();
  advance(1h);
  room.assert_push("tick", {{"n", 2}});
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a delayed message that was cancelled does not come; cancelling it later is harmless") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("after", {{"ms", 1000}, {"n", 1}});
  room.push_in("after", {{"ms", 1000}, {"n", 2}});
  room.push_in("cancel");
  advance(1s);
  room.assert_push("tick", {{"n", 1}});
  room.refute_pushes();
  room.push_in("cancel");
  settle();
  CHECK(room.ended() == std::nullopt);
}

TEST_CASE_FIXTURE(channel_case, "a message that is sent again and again comes on time, each time") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("every");
  advance(24h);
  CHECK(room.received().size() == 24 * 60);
}

TEST_CASE_FIXTURE(channel_case, "a delayed message ends with its channel") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("after", {{"ms", 1000}, {"n", 1}});
  room.leave();
  advance(2s);
  CHECK(room.received().empty());
}

namespace {

/// Sets alarms of which a test can see who holds them.
class alarm_channel final : public bennu::channel {
public:
  explicit alarm_channel(std::shared_ptr<int>* held) : held_(*held) {}
  static void handlers(bennu::handlers<alarm_channel>& on) {
    on.in("set", [](alarm_channel& self, const payload&) { self.set(); });
    on.in("reset", [](alarm_channel& self, const payload&) {
      self.cancel(self.last_);
      self.set();
    });
    on.info([](alarm_channel&, const std::shared_ptr<int>&) {});
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

private:
  void set() { last_ = send_after(1h, held_); }

  std::shared_ptr<int>& held_;
  bennu::timer last_;
};

class alarm_socket final : public bennu::user_socket {
public:
  explicit alarm_socket(std::shared_ptr<int>& held) { channel<alarm_channel>("alarm:*", &held); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a delayed message that is cancelled, or whose channel ends, is gone at once") {
  auto& held = provide<std::shared_ptr<int>>(std::make_shared<int>(0));
  mount<alarm_socket>(held);
  const auto ana = connect<alarm_socket>();
  const auto one = ana.join("alarm:1");
  for (int i = 0; i < 1'000; ++i) one.push_in("reset");
  settle();
  CHECK(held.use_count() == 2);
  const auto other = ana.join("alarm:2");
  for (int i = 0; i < 10; ++i) other.push_in("set");
  settle();
  CHECK(held.use_count() == 12);
  other.leave();
  settle();
  CHECK(held.use_count() == 2);
  ana.close();
  settle();
  CHECK(held.use_count() == 1);
}

TEST_CASE_FIXTURE(channel_case, "a message may stop or crash the channel, or return a job") {
  const auto ana = join<clock_channel>("clock:1");
  ana.send(stop_now{});
  ana.assert_ended(bennu::shutdown);
  const auto bob = join<clock_channel>("clock:1");
  bob.send(stop_badly{});
  bob.assert_ended(exit_reason::error("badly"));
  const auto eve = join<clock_channel>("clock:1");
  eve.send(crash_now{});
  eve.assert_ended(exit_reason::error("crash"));
  const auto tom = join<clock_channel>("clock:1");
  tom.send(work{});
  settle();
  CHECK(tom.object<clock_channel>().worked == 1);
}

TEST_CASE_FIXTURE(channel_case, "a message of a type without a handler is ignored, and logged") {
  const auto room = join<clock_channel>("clock:1");
  room.send(unknown{});
  settle();
  CHECK(room.ended() == std::nullopt);
  CHECK(log().back().starts_with("debug: channel clock:1 ignores a message of type"));
}

// -- other topics -----------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "messages published to a topic reach the channels that subscribed, not the clients") {
  const auto ana = join<clock_channel>("clock:1");
  const auto bob = join<clock_channel>("news");
  ana.push_in("subscribe", {{"topic", "news"}});
  settle();
  publish("news", {{"n", 1}});
  ana.assert_push("published", {{"topic", "news"}, {"message", json{{"n", 1}}}});
  ana.refute_pushes();
  // A channel that joined the topic is subscribed to it as well.
  bob.assert_push("published", {{"topic", "news"}, {"message", json{{"n", 1}}}});
  bob.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a channel that subscribed twice gets everything twice, until it unsubscribes once") {
  const auto ana = join<clock_channel>("clock:1");
  ana.push_in("subscribe", {{"topic", "news"}});
  ana.push_in("subscribe", {{"topic", "news"}});
  settle();
  publish("news", {{"n", 1}});
  ana.assert_push("published");
  ana.assert_push("published");
  ana.push_in("unsubscribe", {{"topic", "news"}});
  settle();
  publish("news", {{"n", 2}});
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a channel publishes to others") {
  const auto ana = join<clock_channel>("clock:1");
  const auto bob = join<clock_channel>("clock:2");
  bob.push_in("subscribe", {{"topic", "news"}});
  settle();
  ana.push_in("publish", {{"topic", "news"}, {"message", json{"hello"}}});
  bob.assert_push("published", {{"topic", "news"}, {"message", "hello"}});
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a broadcast to a topic that the channel subscribed to is a message, not a frame") {
  const auto ana = join<clock_channel>("clock:1");
  ana.push_in("subscribe", {{"topic", "other"}});
  settle();
  broadcast("other", "event", {{"n", 1}});
  ana.assert_push("heard", {{"topic", "other"}, {"event", "event"}, {"payload", json{{"n", 1}}}});
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a channel that unsubscribed gets nothing more") {
  const auto ana = join<clock_channel>("clock:1");
  ana.push_in("subscribe", {{"topic", "news"}});
  ana.push_in("unsubscribe", {{"topic", "news"}});
  settle();
  publish("news", {});
  broadcast("news", "event");
  ana.refute_pushes();
}

// -- other actors -----------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "the end of a monitored actor is reported once, with its reason") {
  const auto room = join<clock_channel>("clock:1");
  const auto idler = spawn_idler(*this);
  room.send(bennu::to_actor_ref(idler));
  room.refute_pushes();
  caf::anon_send_exit(idler, caf::exit_reason::user_shutdown);
  room.assert_push("down", {{"reason", "shutdown"}, {"known", true}});
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "the end of an actor that is gone already is reported at once") {
  const auto room = join<clock_channel>("clock:1");
  const auto idler = spawn_idler(*this);
  caf::anon_send_exit(idler, caf::exit_reason::kill);
  settle();
  room.send(bennu::to_actor_ref(idler));
  settle();
  CHECK(room.received().size() == 1);
  CHECK(room.received().back().event == "down");
}

TEST_CASE_FIXTURE(channel_case, "the end of an actor that is not monitored any more is not reported") {
  const auto room = join<clock_channel>("clock:1");
  const auto idler = spawn_idler(*this);
  room.send(bennu::to_actor_ref(idler));
  room.send(std::pair{bennu::to_actor_ref(idler), true});
  settle();
  caf::anon_send_exit(idler, caf::exit_reason::kill);
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a channel is an actor that others can monitor") {
  const auto ana = join<clock_channel>("clock:1");
  const auto bob = join<clock_channel>("clock:2");
  ana.send(bob.actor());
  settle();
  bob.leave();
  ana.assert_push("down", {{"reason", "left"}, {"known", true}});
}

TEST_CASE_FIXTURE(channel_case, "messages of a CAF actor arrive at the handler of their type") {
  const auto room = join<clock_channel>("clock:1");
  caf::anon_send(bennu::to_caf(room.actor()), std::string{"from afar"});
  caf::anon_send(bennu::to_caf(room.actor()), std::int32_t{7});
  caf::anon_send(bennu::to_caf(room.actor()), 1.5);
  caf::anon_send(bennu::to_caf(room.actor()), std::string{"two"}, std::string{"elements"});
  room.assert_push("text", {{"text", "from afar"}});
  room.assert_push("number", {{"n", 7}});
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "messages of a CAF actor wait for the channel's job") {
  hold_jobs();
  const auto room = join<clock_channel>("clock:1");
  room.send(work{});
  settle();
  caf::anon_send(bennu::to_caf(room.actor()), std::string{"patience"});
  room.refute_pushes();
  release_jobs();
  room.assert_push("text", {{"text", "patience"}});
}
