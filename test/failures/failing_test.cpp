// All test cases but one fail on purpose. failures_test.mjs checks their messages.
#include <stdexcept>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;

namespace {

class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("say", [](room_channel& self, const bennu::payload& content) { self.broadcast("said", content); });
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

/// Right in the natural order, and wrong in some others.
client_channel hear_two(channel_test& test) {
  const auto ana = test.join<room_channel>("room:1");
  const auto bob = test.join<room_channel>("room:1");
  ana.push_in("say", {{"who", "ana"}});
  bob.push_in("say", {{"who", "bob"}});
  test.settle();
  return ana;
}

const bennu::payload by_ana{{"who", "ana"}};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a push that never comes") {
  const auto ana = socket().named("ana").join<room_channel>("room:1");
  ana.push_in("say", {{"body", "hi"}});
  ana.assert_push("said", {{"body", "ho"}});
}

TEST_CASE_FIXTURE(channel_case, "expectations that are met") {
  const auto ana = socket().named("ana").join<room_channel>("room:1");
  ana.refute_pushes();
  const auto said = ana.push_in("say", {{"body", "hi"}});
  ana.refute_reply(said);
  ana.assert_push("said", {{"body", "hi"}});
  ana.refute_push("said");
  assert_broadcast("room:1", "said");
  refute_broadcast("room:1", "said");
}

TEST_CASE_FIXTURE(channel_case, "a check of the framework's") {
  const auto ana = socket().named("ana").join<room_channel>("room:1");
  ana.push_in("say", {{"body", "hi"}});
  settle();
  CHECK(ana.received().back() == push{"room:1", "said", {{"body", "ho"}}});
}

TEST_CASE("an order that fails: a requirement of the framework's") {
  explore<channel_case>(100, [](channel_case& test) { REQUIRE(hear_two(test).received().front().payload == by_ana); });
}

TEST_CASE("an order that fails: an expectation") {
  explore<channel_case>(100, [](channel_case& test) {
    hear_two(test);
    const auto first = test.broadcasts("room:1").front();
    if (first.payload != by_ana) test.refute_broadcast("room:1", "said");
  });
}

TEST_CASE("an order that fails: an exception") {
  explore(100, [](channel_test& test) {
    if (hear_two(test).received().front().payload != by_ana) throw std::runtime_error("bob was first");
  });
}
