#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <bennu/channels/presence.hpp>
#include <bennu/channels/presence_channel.hpp>

#include "kit_room.hpp"

using namespace bennu::testing;
using namespace kit;
using namespace std::chrono_literals;
using bennu::payload;
using bennu::presence;

namespace {

class visitors_channel final : public bennu::presence_channel {
public:
  explicit visitors_channel(presence& here) : presence_channel(here) {}
  static void handlers(bennu::handlers<visitors_channel>& on) { show_presences(on); }
  bennu::join_result join(const bennu::topic&, payload params) override {
    enter(params.as_json().as_string("name"));
    return bennu::accept();
  }
};

/// Two nodes. A test may add a third one.
struct cluster_case : channel_test {
  test_node there = add_node("there");

  /// The numbers of the news that came, in order.
  static std::vector<std::int64_t> news_of(const client_channel& room) {
    std::vector<std::int64_t> all;
    for (const auto& one : room.received()) {
      if (one.event == "news") all.push_back(one.payload.as_json().as_int("n"));
    }
    return all;
  }
};

using numbers = std::vector<std::int64_t>;

}  // namespace

// -- broadcasts -------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(cluster_case, "messages of one node arrive on the others, and can be asserted there") {
  CHECK(name() == "test");
  CHECK(there.name() == "there");
  const auto ana = join<room_channel>("room:1");
  const auto bob = there.join<room_channel>("room:1");
  ana.push_in("say", {{"text", "hi"}});
  bob.assert_push("said", {{"text", "hi"}});
  ana.assert_push("said", {{"text", "hi"}});
  there.broadcast("room:1", "news", {{"n", 1}});
  ana.assert_push("news");
  there.assert_broadcast("room:1", "said");
  assert_broadcast("room:1", "news");
  there.refute_broadcast("room:1", "nothing");
}

TEST_CASE_FIXTURE(cluster_case, "a node that joins later is linked with all others") {
  auto third = add_node("third");
  const auto ana = join<room_channel>("room:1");
  const auto bob = there.join<room_channel>("room:1");
  third.broadcast("room:1", "news", {{"n", 1}});
  settle();
  CHECK(news_of(ana) == numbers{1});
  CHECK(news_of(bob) == numbers{1});
  CHECK(said_by([&] { add_node("third"); }) == "there is a node \"third\" already");
}

TEST_CASE_FIXTURE(cluster_case,
                  "a cut link loses what is on its way and what is said meanwhile; healed, it works again") {
  const auto between = link(*this, there);
  const auto bob = there.join<room_channel>("room:1");
  broadcast("room:1", "news", {{"n", 1}});
  between.cut();
  CHECK(between.is_cut());
  broadcast("room:1", "news", {{"n", 2}});
  settle();
  CHECK(news_of(bob).empty());
  between.heal();
  CHECK_FALSE(between.is_cut());
  settle();
  broadcast("room:1", "news", {{"n", 3}});
  settle();
  CHECK(news_of(bob) == numbers{3});
}

TEST_CASE_FIXTURE(cluster_case, "of three nodes, two can be cut off from each other while the third reaches both") {
  auto third = add_node("third");
  const auto ana = join<room_channel>("room:1");
  const auto bob = there.join<room_channel>("room:1");
  settle();
  link(*this, there).cut();
  third.broadcast("room:1", "news", {{"n", 1}});
  broadcast("room:1", "news", {{"n", 2}});
  there.broadcast("room:1", "news", {{"n", 3}});
  settle();
  CHECK(news_of(ana).size() == 2);
  CHECK(news_of(bob).size() == 2);
}

TEST_CASE_FIXTURE(cluster_case, "a slow link keeps its order; a link loses as many messages as the test demands") {
  const auto between = link(*this, there);
  const auto bob = there.join<room_channel>("room:1");
  between.hold();
  for (int n = 1; n <= 3; ++n) broadcast("room:1", "news", {{"n", n}});
  settle();
  CHECK(news_of(bob).empty());
  between.release();
  settle();
  CHECK(news_of(bob) == numbers{1, 2, 3});
  between.lose(2);
  for (int n = 4; n <= 7; ++n) broadcast("room:1", "news", {{"n", n}});
  settle();
  CHECK(news_of(bob) == numbers{1, 2, 3, 6, 7});
}

TEST_CASE_FIXTURE(cluster_case, "a join waits until the other nodes know that its topic is wanted, but not for ever") {
  settle();  // until then they have not met
  link(*this, there).hold();
  const auto ana = socket().begin_join<room_channel>("room:1");
  const auto known = [&] { return ana.at() == client_channel::state::joined; };
  advance(limits().node_interest_timeout - 1ns);
  CHECK_FALSE(known());
  advance(1ns);
  CHECK(known());
  const auto bob = there.socket().begin_join<room_channel>("room:1");
  link(*this, there).release();
  settle();
  CHECK(bob.at() == client_channel::state::joined);
}

TEST_CASE_FIXTURE(cluster_case, "a node that crashes takes its clients along, and another one may take its name") {
  const auto client = there.socket();
  const auto bob = client.join<room_channel>("room:1");
  there.crash();
  settle();
  CHECK_FALSE(client.is_open());
  CHECK_FALSE(bob.ended());  // nothing of it runs any more, no terminate either
  auto again = add_node("there");
  const auto eve = again.join<room_channel>("room:1");
  broadcast("room:1", "news", {{"n", 1}});
  settle();
  CHECK(news_of(eve) == numbers{1});
  CHECK(news_of(bob).empty());
}

TEST_CASE_FIXTURE(cluster_case, "each node has limits of its own") {
  there.limits().max_channels_per_socket = 1;
  const auto ana = socket();
  const auto bob = there.socket();
  ana.join<room_channel>("room:1");
  bob.join<room_channel>("room:1");
  ana.join<room_channel>("room:2");
  bob.assert_join_refused("room:2");
}

// -- presence ---------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(cluster_case,
                  "presences of both nodes are seen on either; while they are apart, after a while no more") {
  auto& here_present = provide<presence>(pubsub(), actors());
  auto& there_present = there.provide<presence>(there.pubsub(), there.actors());
  const auto ana = socket().route<visitors_channel>("room:*", std::ref(here_present)).join("room:1", {{"name", "ana"}});
  there.socket().route<visitors_channel>("room:*", std::ref(there_present)).join("room:1", {{"name", "bob"}});
  ana.assert_push("presence_state");
  advance(1s);
  ana.assert_push("presence_diff", including({{"joins", {{"bob", bennu::json::object{}}}}}));
  CHECK(here_present.count("room:1") == 2);
  CHECK(there_present.count("room:1") == 2);

  link(*this, there).cut();
  advance(1s);
  CHECK(here_present.count("room:1") == 2);
  advance(1min);
  CHECK(here_present.count("room:1") == 1);
  CHECK(there_present.count("room:1") == 1);
  ana.assert_push("presence_diff", including({{"leaves", {{"bob", bennu::json::object{}}}}}));

  link(*this, there).heal();
  advance(1min);
  CHECK(here_present.count("room:1") == 2);
  ana.assert_push("presence_diff", including({{"joins", {{"bob", bennu::json::object{}}}}}));
}

TEST_CASE("messages between linked nodes arrive on both once, in any order of events") {
  explore(100, {.faults = {.stalls = 50}}, [](channel_test& test) {
    auto there = test.add_node("there");
    const auto ana = test.join<room_channel>("room:1");
    const auto bob = there.join<room_channel>("room:1");
    for (int n = 1; n <= 5; ++n) {
      (n % 2 == 0 ? there.broadcast("room:1", "news", {{"n", n}}) : test.broadcast("room:1", "news", {{"n", n}}));
      test.run_some();
    }
    test.settle();
    for (const auto& room : {ana, bob}) {
      auto heard = cluster_case::news_of(room);
      std::sort(heard.begin(), heard.end());
      REQUIRE(heard == numbers{1, 2, 3, 4, 5});
    }
  });
}
