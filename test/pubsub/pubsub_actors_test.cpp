#include <bennu/pubsub/pubsub.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <bennu/pubsub/group.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/group.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "../allocation_limit.hpp"

using bennu::json;

namespace {

/// CAF on its deterministic scheduler, with topics as groups.
struct caf_fixture {
  static caf::actor_system_config& prepare(caf_fixture& self) {
    self.config.set("scheduler.policy", caf::atom("testing"));
    self.groups.install(self.config, self.system);
    return self.config;
  }
  caf_fixture() : topics({}), system(prepare(*this)) { groups.bind(topics); }
  ~caf_fixture() { run(); }
  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }

  bennu::pubsub topics;
  bennu::group_adapter groups;
  caf::actor_system_config config;
  caf::actor_system system;
};

/// Records the messages that it receives, until it is told to end.
class member final : public caf::event_based_actor {
public:
  member(caf::actor_config& config, std::vector<std::string>& heard) : event_based_actor(config), heard_(heard) {}
  caf::behavior make_behavior() override {
    return {[this](const bennu::broadcast& b) { heard_.push_back(b.event + ' ' + b.payload.as_json().dump()); },
            [this](const bennu::published& p) { heard_.push_back(p.topic + ' ' + p.message.dump()); },
            [this](const std::string& text) { heard_.push_back(text); },
            [this](caf::group g, bool joins) { joins ? join(g) : leave(g); }, [this](int) { quit(); }};
  }

private:
  std::vector<std::string>& heard_;
};

}  // namespace

TEST_CASE_FIXTURE(caf_fixture, "an actor that subscribed receives broadcasts and published messages, until it ends") {
  std::vector<std::string> heard;
  const auto actor = system.spawn<member>(heard);
  topics.subscribe("t", bennu::to_actor_ref(actor));
  topics.broadcast("t", "shout", {{"n", 1}});
  topics.publish("t", json{"news"});
  topics.publish("u", json{"nothing"});
  run();
  CHECK(heard == std::vector<std::string>{R"(shout {"n":1})", "t \"news\""});
  caf::anon_send(actor, 0);
  run();
  topics.publish("t", json{"more"});
  run();
  CHECK(heard.size() == 2);
}

TEST_CASE_FIXTURE(caf_fixture, "unsubscribing drops every subscription of the actor to the topic") {
  std::vector<std::string> heard;
  const auto actor = system.spawn<member>(heard);
  topics.subscribe("t", bennu::to_actor_ref(actor));
  topics.subscribe("t", bennu::to_actor_ref(actor));
  topics.publish("t", json{1});
  run();
  CHECK(heard.size() == 2);
  topics.unsubscribe("t", bennu::to_actor_ref(actor));
  topics.publish("t", json{2});
  run();
  CHECK(heard.size() == 2);
  caf::anon_send(actor, 0);
  run();
}

TEST_CASE_FIXTURE(caf_fixture, "a topic is a CAF group that actors join, send to and leave") {
  std::vector<std::string> heard;
  const auto actor = system.spawn<member>(heard);
  const auto lobby = *system.groups().get("bennu", "room:lobby");
  CHECK(lobby == *system.groups().get("bennu", "room:lobby"));
  caf::anon_send(actor, lobby, true);
  run();
  caf::anon_send(lobby, std::string{"any message"});
  caf::anon_send(lobby, bennu::broadcast{"room:lobby", "shout", {{"n", 1}}});
  topics.broadcast("room:lobby", "from elsewhere", {});
  run();
  CHECK(heard == std::vector<std::string>{"any message", R"(shout {"n":1})", "from elsewhere {}"});
  caf::anon_send(actor, lobby, false);
  run();
  caf::anon_send(lobby, std::string{"after"});
  run();
  CHECK(heard.size() == 3);
  caf::anon_send(actor, 0);
  run();
}

TEST_CASE_FIXTURE(caf_fixture,
                  "an actor that lives on no loop does not receive a broadcast that names it as the sender") {
  std::vector<std::string> sender_heard;
  std::vector<std::string> other_heard;
  const auto sender = system.spawn<member>(sender_heard);
  const auto other = system.spawn<member>(other_heard);
  topics.subscribe("t", bennu::to_actor_ref(sender));
  topics.subscribe("t", bennu::to_actor_ref(other));
  topics.broadcast("t", "hello", {}, {.from = bennu::to_actor_ref(sender).id()});
  run();
  CHECK(sender_heard.empty());
  CHECK(other_heard == std::vector<std::string>{"hello {}"});
  for (const auto& one : {sender, other}) caf::anon_send(one, 0);
  run();
}

TEST_CASE_FIXTURE(caf_fixture, "an actor that subscribes and unsubscribes again and again leaves nothing behind") {
  std::vector<std::string> heard;
  const auto actor = system.spawn<member>(heard);
  const auto who = bennu::to_actor_ref(actor);
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      topics.subscribe("room:" + std::to_string(i % 10), who);
      topics.unsubscribe("room:" + std::to_string(i % 10), who);
    }
  };
  rounds(100);
  const auto before = bennu::testing::allocations_alive();
  rounds(1'000);
  CHECK(bennu::testing::allocations_alive() < before + 100);
  topics.subscribe("t", who);
  topics.publish("t", json{"still there"});
  run();
  CHECK(heard == std::vector<std::string>{"t \"still there\""});
  caf::anon_send(actor, 0);
  run();
}

TEST_CASE_FIXTURE(caf_fixture, "an actor that has ended already cannot stay subscribed") {
  std::vector<std::string> heard;
  const auto actor = system.spawn<member>(heard);
  const auto who = bennu::to_actor_ref(actor);
  caf::anon_send(actor, 0);
  run();
  topics.subscribe("t", who);
  topics.publish("t", json{"late"});
  run();
  CHECK(heard.empty());
}
