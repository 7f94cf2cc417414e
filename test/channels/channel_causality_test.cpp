#include <bennu/channels/testing/channel_case.hpp>

#include <string>
#include <vector>

using namespace bennu::testing;
using bennu::json;
using bennu::payload;

namespace {

using events = std::vector<std::string>;

/// A topic's ordinary member.
class member final : public bennu::channel {
public:
  static void handlers(bennu::handlers<member>& on) {
    on.in("ask", [](member& self, const payload&) { self.broadcast("question", {}); });
    on.in("publish", [](member& self, const payload&) { self.publish(self.topic().name(), json{"question"}); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

/// Answers each question of its topic with a broadcast: the effect of a cause.
class answering final : public bennu::channel {
public:
  static void handlers(bennu::handlers<answering>& on) {
    on.out("question", [](answering& self, const payload& received) {
      self.push("question", received);
      self.broadcast("answer", {});
    });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

/// Pushes to its client the messages published to its topic, and the broadcasts of another topic. The first such
/// channel answers.
class listening final : public bennu::channel {
public:
  static void handlers(bennu::handlers<listening>& on) {
    on.info([](listening& self, const bennu::published& received) {
      self.push(*received.message.if_string(), {});
      if (self.answers && received.message == json{"question"}) self.publish(self.topic().name(), json{"answer"});
    });
    on.info([](listening& self, const bennu::broadcast& received) {
      self.push(received.event, {});
      if (self.answers && received.event == "question") self.broadcast_to(received.topic, "answer", {});
    });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    answers = (*params.if_json())["answers"] == json{true};
    subscribe("other");
    return bennu::accept();
  }
  bool answers = false;
};

/// Detects if a handler of another client runs within its call of `broadcast`.
class busy_asker final : public bennu::channel {
public:
  static void handlers(bennu::handlers<busy_asker>& on) {
    on.in("ask", [](busy_asker& self, const payload&) {
      is_broadcasting = true;
      self.broadcast("question", {});
      is_broadcasting = false;
    });
    on.out("question", [](busy_asker&, const payload&) { seen_within |= is_broadcasting; });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
  static inline bool is_broadcasting = false;
  static inline bool seen_within = false;
};

struct two_loops : channel_case {
  two_loops() : channel_case(test_options{.threads = 2}) {}
};

events events_of(const client_channel& which) {
  events names;
  for (const auto& one : which.received()) names.push_back(one.event);
  return names;
}

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a broadcast arrives before a broadcast of its interceptor") {
  const auto answers = join<answering>("room:1");
  const auto asks = join<member>("room:1");
  const auto later_in_the_table = join<member>("room:1");
  asks.push_in("ask");
  settle();
  CHECK(events_of(answers) == events{"question", "answer"});
  CHECK(events_of(asks) == events{"question", "answer"});
  CHECK(events_of(later_in_the_table) == events{"question", "answer"});
}

TEST_CASE_FIXTURE(two_loops, "a broadcast arrives before a broadcast of its interceptor, on another loop too") {
  const auto asks = join<member>("room:1");
  const auto on_other_loop = join<member>("room:1");
  [[maybe_unused]] const auto answers = join<answering>("room:1");
  asks.push_in("ask");
  settle();
  CHECK(events_of(on_other_loop) == events{"question", "answer"});
  CHECK(events_of(asks) == events{"question", "answer"});
}

TEST_CASE_FIXTURE(channel_case, "a published message arrives before a message that its info handler publishes") {
  const auto first = join<listening>("room:1", {{"answers", true}});
  const auto second = join<listening>("room:1");
  publish("room:1", json{"question"});
  settle();
  CHECK(events_of(first) == events{"question", "answer"});
  CHECK(events_of(second) == events{"question", "answer"});
}

TEST_CASE_FIXTURE(channel_case,
                  "a broadcast of a subscribed topic arrives before what an info handler broadcasts there") {
  const auto first = join<listening>("room:1", {{"answers", true}});
  const auto second = join<listening>("room:2");
  broadcast("other", "question");
  settle();
  CHECK(events_of(first) == events{"question", "answer"});
  CHECK(events_of(second) == events{"question", "answer"});
}

TEST_CASE_FIXTURE(channel_case, "no other client's handler runs within the call that broadcasts") {
  const auto asks = join<busy_asker>("room:1");
  [[maybe_unused]] const auto other = join<busy_asker>("room:1");
  busy_asker::seen_within = false;
  asks.push_in("ask");
  settle();
  CHECK_FALSE(busy_asker::seen_within);
}

TEST_CASE("in every order of steps an effect arrives after its cause") {
  explore(100, [](channel_test& test) {
    std::vector<client_channel> members;
    for (int i = 0; i < 3; ++i) members.push_back(test.join<member>("room:1"));
    const auto answers = test.join<answering>("room:1");
    members[static_cast<std::size_t>(test.random(3))].push_in("ask");
    test.settle();
    for (const auto& one : members) REQUIRE(events_of(one) == events{"question", "answer"});
    REQUIRE(events_of(answers) == events{"question", "answer"});
  });
}
