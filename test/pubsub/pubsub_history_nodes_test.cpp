// The histories of several nodes.
#include <string>

#include "history_nodes_case.hpp"

using namespace history_nodes;

TEST_CASE_FIXTURE(fixture, "a position of one node is judged on another, which has the messages after it") {
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  b.subscribe(b.client);
  settle();
  a.say("1");
  b.say("2");
  settle();
  CHECK(a.client.take() == "1 2 ");
  CHECK(b.client.heard.find('2') != std::string::npos);
  const auto seen = a.client.position;
  a.say("3");
  b.say("4");
  settle();
  CHECK(recover(b, seen).size() == std::string{"3 4 "}.size());
  CHECK(recover(b, a.client.position).empty());
  CHECK(recover(a, b.client.position).empty());
}

TEST_CASE_FIXTURE(fixture, "a node that becomes interested has the messages of all others before it judges") {
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  settle();
  a.say("1");
  b.say("2");
  settle();
  const auto seen = a.client.position;
  a.say("3");
  settle();
  auto& c = join("c");
  int settled = 0;
  CHECK_FALSE(c.topics.when_history_settled("log:1", "", [&] { ++settled; }));
  CHECK(recover(c, seen) == "unknown ");
  settle();
  CHECK(settled == 1);
  CHECK(recover(c, seen) == "3 ");
  CHECK(c.topics.when_history_settled("log:1", "", [] { FAIL("it is settled"); }));
}

TEST_CASE_FIXTURE(fixture, "subscribers without history get what is broadcast now, at once, and nothing old") {
  auto& a = join("a");
  a.subscribe(a.client);
  a.say("old");
  settle();
  auto& b = join("b");
  settle();
  b.subscribe(b.plain);
  b.subscribe(b.client);
  net.step(0);  // b's interest arrives, and its question is still under way
  a.say("now");
  settle();
  CHECK(b.plain.take() == "now ");
}

TEST_CASE_FIXTURE(fixture, "messages that were dropped on their way come later, to subscribers with history") {
  auto& a = join("a");
  auto& b = join("b");
  b.subscribe(b.client);
  b.subscribe(b.plain);
  settle();
  a.say("1");
  net.drop("a", "b", 2);
  a.say("2");
  a.say("3");
  SUBCASE("with nothing after them") {
    settle();
    CHECK(b.client.take() == "1 2 3 ");
    CHECK(b.plain.take() == "1 ");
  }
  SUBCASE("with one after them") {
    a.say("4");
    settle();
    CHECK(b.client.take() == "1 2 3 4 ");
    CHECK(b.plain.take() == "1 4 ");
  }
}

TEST_CASE_FIXTURE(fixture, "a lost question or answer is repeated") {
  auto& a = join("a");
  auto& b = join("b");
  b.subscribe(b.client);
  settle();
  a.say("1");
  net.drop("a", "b", 1);
  a.say("2");
  SUBCASE("question") { net.drop("b", "a", 1); }
  SUBCASE("answer") { net.drop("a", "b", 2); }
  SUBCASE("both, several times") {
    net.drop("a", "b", 4);
    net.drop("b", "a", 4);
  }
  a.say("3");
  settle();
  CHECK(b.client.take().ends_with("2 3 "));
  CHECK(b.topics.when_history_settled("log:1", "", [] {}));
}

TEST_CASE_FIXTURE(fixture, "what a node sent to some before it was lost, the others get from them") {
  auto& a = join("a");
  auto& b = join("b");
  auto& c = join("c");
  a.subscribe(a.client);
  b.subscribe(b.client);
  settle();
  net.drop("c", "b", 1);
  c.say("1");
  net.drop("c", "b", 0);
  // The message arrives at one node only, and its sender is killed.
  while (a.client.heard.empty() && net.step(0)) a.run();
  kill("c");
  settle();
  CHECK(a.client.take() == "1 ");
  CHECK(b.client.take() == "1 ");
  CHECK(recover(b, a.client.position).empty());
}

TEST_CASE_FIXTURE(fixture, "two sides that were apart get what they missed of each other when they meet again") {
  auto& a = join("a");
  auto& b = join("b");
  for (auto* one : {&a, &b}) {
    one->subscribe(one->client);
    one->subscribe(one->plain);
  }
  settle();
  net.cut("a", "b");
  a.say("a1");
  b.say("b1");
  settle();
  const auto of_a = a.client.position;
  CHECK(recover(b, of_a) == "unknown ");
  net.link("a", "b");
  settle();
  CHECK(a.client.take() == "a1 b1 ");
  CHECK(b.client.take() == "b1 a1 ");
  CHECK(a.plain.take() == "a1 ");
  CHECK(recover(b, of_a) == "b1 ");
}

TEST_CASE_FIXTURE(fixture, "where messages are kept no more, subscribers are told in their place") {
  keeps.messages = 3;
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  b.subscribe(b.client);
  settle();
  const auto before = position(b);
  net.cut("a", "b");
  for (const auto* event : {"1", "2", "3", "4", "5"}) a.say(event);
  settle();
  net.link("a", "b");
  settle();
  CHECK(b.client.take() == "$history 3 4 5 ");
  CHECK(recover(b, before).starts_with("expired "));
  CHECK(recover(b, a.client.position).empty());
  b.say("6");
  settle();
  CHECK(b.client.take() == "6 ");
}

TEST_CASE_FIXTURE(fixture, "a client that has more than this node yet waits until it has come") {
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  b.subscribe(b.client);
  settle();
  a.say("1");
  a.run();
  int settled = 0;
  CHECK_FALSE(b.topics.when_history_settled("log:1", a.client.position, [&] { ++settled; }));
  settle();
  CHECK(settled == 1);
  CHECK(recover(b, a.client.position).empty());
}

TEST_CASE_FIXTURE(fixture, "an empty topic and a quiet one are recovered on another node") {
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  b.subscribe(b.client);
  settle();
  const auto empty = position(a);
  CHECK(recover(b, empty).empty());
  a.say("1");
  settle();
  CHECK(recover(b, empty) == "1 ");
  const auto after = position(a);
  now += 59s;
  CHECK(recover(b, after).empty());
}

TEST_CASE_FIXTURE(fixture, "a node that leaves in order hands over what no other node follows") {
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  settle();
  const auto before = position(a);
  a.say("1");
  a.say("2");
  settle();
  CHECK(b.topics.history()->find("log:1") == nullptr);
  a.topics.cluster().leave();
  net.settle();
  kill("a");
  settle();
  auto& c = join("c");
  CHECK_FALSE(c.topics.when_history_settled("log:1", "", [] {}));
  settle();
  CHECK(recover(c, before) == "1 2 ");
  CHECK(recover(b, before) == "1 2 ");
}

TEST_CASE_FIXTURE(fixture, "what only a killed node had is not known, and that is said") {
  auto& a = join("a");
  join("b");
  a.subscribe(a.client);
  settle();
  const auto before = position(a);
  a.say("1");
  settle();
  kill("a");
  settle();
  auto& again = join("a");
  position(again);
  settle();
  CHECK(recover(again, before) == "unknown ");
}

TEST_CASE_FIXTURE(fixture, "a long answer comes in parts") {
  keeps.messages = 1'000;
  keeps.bytes = 8_MB;
  auto& a = join("a");
  const auto before = position(a);
  const std::string large(10'000, 'x');
  for (int i = 0; i < 300; ++i) a.topics.broadcast("log:1", "e", bennu::binary{large});
  auto& b = join("b");
  position(b);
  settle();
  const auto page = b.topics.history()->read("log:1", {bennu::history_request::since{before}}, 1'000);
  CHECK(page->recovered());
  CHECK(page->messages.size() == 300);
  CHECK(net.most_bytes < 1'200'000);
}

TEST_CASE_FIXTURE(fixture, "positions name a stream until no client can lack it, and logs remember it for longer") {
  auto& a = join("a");
  auto& b = join("b");
  a.subscribe(a.client);
  b.subscribe(b.client);
  settle();
  b.say("1");
  settle();
  const auto named = position(a);
  now += 81s;
  a.say("2");
  settle();
  const auto silent = position(a);
  CHECK(silent.size() < named.size() + 12);
  CHECK(recover(b, silent).empty());
  CHECK(recover(b, named) == "2 ");
  CHECK(recover(b, position(b)).empty());
}
