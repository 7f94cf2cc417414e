#include <bennu/channels/testing/channel_case.hpp>

#include <chrono>
#include <optional>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

using namespace bennu::testing;
using bennu::binary;
using bennu::exit_reason;
using bennu::payload;
using bennu::reply;

namespace {

class desk final : public bennu::channel {
public:
  static void handlers(bennu::handlers<desk>& on) {
    on.in("ask", [](desk& self, const payload&) { self.asked = self.socket_ref(); });
    on.in("crash", [](desk& self, const payload&) {
      self.asked = self.socket_ref();
      throw std::runtime_error("crash");
    });
    on.info([](desk& self, const int&) { self.socket_ref(); });
  }
  bennu::join_result join(const bennu::topic& topic, payload) override {
    if (topic.subtopic() == "early") socket_ref();
    return bennu::accept();
  }

  std::optional<bennu::socket_ref> asked;
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a push may be answered later, any number of times") {
  const auto room = join<desk>("desk:1");
  const auto question = room.push_in("ask");
  room.refute_reply(question);
  const auto ref = *room.object<desk>().asked;
  reply(ref, bennu::ok, {{"n", 1}});
  reply(ref, bennu::status{"more"}, binary{"\x02"});
  settle();
  CHECK(room.replies_to(question) ==
        std::vector{reply(bennu::ok, {{"n", 1}}), reply(bennu::status{"more"}, binary{"\x02"})});
}

TEST_CASE_FIXTURE(channel_case, "a push may be answered by another actor") {
  const auto room = join<desk>("desk:1");
  const auto question = room.push_in("ask");
  settle();
  const auto clerk = actors().spawn([ref = *room.object<desk>().asked](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, std::chrono::seconds{5}, 42);
    return {[ref](int n) { reply(ref, bennu::ok, {{"n", n}}); }};
  });
  advance(std::chrono::seconds{4});
  room.refute_reply(question);
  advance(std::chrono::seconds{1});
  room.assert_reply(question, bennu::ok, {{"n", 42}});
}

TEST_CASE_FIXTURE(channel_case, "a push may be answered by any thread") {
  const auto room = join<desk>("desk:1");
  const auto question = room.push_in("ask");
  settle();
  std::thread{[ref = *room.object<desk>().asked] { reply(ref, bennu::ok, {{"n", 7}}); }}.join();
  room.assert_reply(question, bennu::ok, {{"n", 7}});
}

TEST_CASE_FIXTURE(channel_case, "a push may be answered after its channel has ended") {
  const auto room = join<desk>("desk:1");
  const auto question = room.push_in("crash");
  room.assert_ended(exit_reason::error("crash"));
  reply(*room.object<desk>().asked, bennu::ok);
  room.assert_reply(question, bennu::ok, {});
}

TEST_CASE_FIXTURE(channel_case, "an answer goes nowhere once the connection is gone") {
  const auto ana = socket();
  const auto room = ana.join<desk>("desk:1");
  room.push_in("ask");
  ana.close();
  settle();
  reply(*room.object<desk>().asked, bennu::ok);
  settle();
  CHECK(ana.frames().size() == 1);
}

TEST_CASE_FIXTURE(channel_case,
                  "only a push with a ref can be answered; socket_ref crashes elsewhere, and the log has the reason") {
  const auto check = [&](const client_channel& room) {
    settle();
    REQUIRE(room.ended());
    CHECK(*room.ended() ==
          exit_reason::error("socket_ref() is for handlers of pushes that carry a ref: only such a push "
                             "can be replied to"));
  };
  const auto in_info = join<desk>("desk:1");
  in_info.send(1);
  check(in_info);

  const auto ana = socket();
  const auto without_ref = ana.join<desk>("desk:1");
  ana.send_text(R"(["1",null,"desk:1","ask",{}])");
  check(without_ref);

  CHECK(socket().assert_join_refused<desk>("desk:early") == payload{{"reason", "join crashed"}});
}
