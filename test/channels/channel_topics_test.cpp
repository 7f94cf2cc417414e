// Messages and broadcasts of other topics, to which a channel subscribes.
#include "clock_channel.hpp"

using namespace info_tests;

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
