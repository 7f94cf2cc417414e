#include <bennu/channels/testing/channel_case.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace bennu::testing;
using bennu::binary;
using bennu::exit_reason;
using bennu::payload;
using state = client_channel::state;

namespace {

struct price {
  int amount = 0;
  static void fields(auto& self, auto&& f) { f("amount", self.amount); }
};

/// Sees each broadcast on its way to the client.
class counter final : public bennu::channel {
public:
  static void handlers(bennu::handlers<counter>& on) {
    on.out("price", [](counter& self, const price& received) {
      const auto discount = self.assigns()["discount"].if_int64().value_or(0);
      if (received.amount <= discount) return;  // dropped
      self.push("price", price{received.amount - static_cast<int>(discount)});
    });
    on.out("closing", [](counter&, const payload&) { return stop(bennu::normal); });
    on.out("robbery", [](counter&, const payload&) { return stop(exit_reason::error("robbed")); });
    on.out("fire", [](counter&, const payload&) { throw std::runtime_error("burning"); });
    on.out("slow", [](counter& self, const payload&) {
      return bennu::blocking([&self] {
        ++self.jobs_done;
        return bennu::noreply;
      });
    });
    on.out("bytes", [](counter& self, const binary& received) { self.push("bytes", binary{received.data + "!"}); });
    on.in("sell", [](counter& self, const price& received) { self.broadcast("price", received); });
    on.in("trust", [](counter& self, const payload&) {
      self.stop_intercepting("price");
      self.stop_intercepting("no such event");
    });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    assign("discount", params.as_json()["discount"]);
    return bennu::accept();
  }

  int jobs_done = 0;
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "an intercepted broadcast reaches a client as its channel pushes it, or not at all") {
  const auto ana = join<counter>("shop:1", {{"discount", 0}});
  const auto bob = join<counter>("shop:1", {{"discount", 3}});
  broadcast("shop:1", "price", {{"amount", 10}});
  ana.assert_push("price", {{"amount", 10}});
  bob.assert_push("price", {{"amount", 7}});

  broadcast("shop:1", "price", {{"amount", 2}});
  ana.assert_push("price", {{"amount", 2}});
  bob.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a broadcast that is not intercepted goes past the channel") {
  const auto ana = join<counter>("shop:1");
  broadcast("shop:1", "news", {{"amount", 10}});
  ana.assert_push("news", {{"amount", 10}});
}

TEST_CASE_FIXTURE(channel_case, "a channel intercepts its own broadcasts, too") {
  const auto bob = join<counter>("shop:1", {{"discount", 3}});
  bob.push_in("sell", price{5});
  bob.assert_push("price", {{"amount", 2}});
  assert_broadcast("shop:1", "price", {{"amount", 5}});
}

TEST_CASE_FIXTURE(channel_case, "an intercepted broadcast may stop the channel") {
  const auto ana = join<counter>("shop:1");
  broadcast("shop:1", "closing");
  ana.assert_ended(bennu::normal);
  CHECK(ana.at() == state::closed);

  const auto bob = join<counter>("shop:1");
  broadcast("shop:1", "robbery");
  bob.assert_ended(exit_reason::error("robbed"));
  CHECK(bob.at() == state::errored);
}

TEST_CASE_FIXTURE(channel_case, "an intercepted broadcast that crashes a channel harms no other") {
  const auto ana = join<counter>("shop:1");
  const auto bob = join<counter>("shop:2");
  broadcast("shop:1", "fire");
  ana.assert_ended(exit_reason::error("burning"));
  broadcast("shop:2", "price", {{"amount", 1}});
  bob.assert_push("price");
}

TEST_CASE_FIXTURE(channel_case, "an intercepted payload that does not fit its handler crashes the channel") {
  const auto ana = join<counter>("shop:1");
  broadcast("shop:1", "price", {{"amount", "ten"}});
  ana.assert_ended(exit_reason::error("\"amount\": expected integer, got string"));
}

TEST_CASE_FIXTURE(channel_case, "an intercepted broadcast may be bytes") {
  const auto ana = join<counter>("shop:1");
  broadcast("shop:1", "bytes", binary{"ab"});
  ana.assert_push("bytes", binary{"ab!"});
}

TEST_CASE_FIXTURE(channel_case, "broadcasts that are intercepted wait for the channel's job, others do not") {
  hold_jobs();
  const auto ana = join<counter>("shop:1", {{"discount", 0}});
  broadcast("shop:1", "slow");
  settle();
  broadcast("shop:1", "price", {{"amount", 1}});
  broadcast("shop:1", "news");
  settle();
  CHECK(ana.received() == std::vector{push{"shop:1", "news", {}}});

  release_jobs();
  ana.assert_push("price", {{"amount", 1}});
  CHECK(ana.object<counter>().jobs_done == 1);
}

TEST_CASE_FIXTURE(channel_case, "a channel that stops intercepting an event lets it pass, and intercepts the others") {
  const auto bob = join<counter>("shop:1", {{"discount", 3}});
  bob.push_in("trust");
  settle();
  broadcast("shop:1", "price", {{"amount", 10}});
  bob.assert_push("price", {{"amount", 10}});
  broadcast("shop:1", "bytes", binary{"b"});
  bob.assert_push("bytes", binary{"b!"});
}

TEST_CASE("no broadcast overtakes those that were intercepted before their channel stopped doing so") {
  explore(200, [](channel_test& test) {
    const auto ana = test.join<counter>("shop:1", {{"discount", 0}});
    for (int amount = 1; amount <= 20; ++amount) {
      if (test.random(10) == 0) test.broadcast("shop:1", "slow");
      if (test.random(10) == 0) ana.push_in("trust");
      test.broadcast("shop:1", "price", {{"amount", amount}});
      test.run_some();
    }
    test.settle();
    int amount = 0;
    for (const auto& event : ana.received()) {
      if (event.event == "price") REQUIRE(event.payload.as_json()["amount"] == bennu::json{++amount});
    }
    REQUIRE(amount == 20);
  });
}

// -- order ------------------------------------------------------------------------------------------------------------

namespace {

/// Answers the broadcast "question" with a broadcast.
class expert final : public bennu::channel {
public:
  static void handlers(bennu::handlers<expert>& on) {
    on.out("question", [](expert& self, const payload&) { self.broadcast("answer", {}); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class layman final : public bennu::channel {
public:
  static void handlers(bennu::handlers<layman>& on) {
    on.in("ask", [](layman& self, const payload&) {
      self.broadcast("question", {});
      self.push("asked", {});
    });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

std::vector<std::string> events_of(const client_channel& of) {
  std::vector<std::string> all;
  for (const auto& p : of.received()) all.push_back(p.event);
  return all;
}

using events = std::vector<std::string>;

struct two_threads : channel_case {
  two_threads() : channel_case(test_options{.threads = 2}) {}
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a broadcast that an interceptor makes comes after the one that it answers") {
  const auto asking = join<layman>("room:1");
  join<expert>("room:1");
  const auto listening = join<layman>("room:1");
  asking.push_in("ask");
  settle();
  CHECK(events_of(listening) == events{"question", "answer"});
  // An interceptor never runs within the call that broadcast.
  CHECK(events_of(asking) == events{"question", "asked", "answer"});
}

TEST_CASE_FIXTURE(two_threads, "the same holds for subscribers on another I/O thread") {
  const auto asking = join<layman>("room:1");
  const auto listening = join<layman>("room:1");
  join<expert>("room:1");
  asking.push_in("ask");
  settle();
  CHECK(events_of(listening) == events{"question", "answer"});
}
