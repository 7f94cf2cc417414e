#include <bennu/pubsub/internal/broker_links.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker_world.hpp"

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

lines sorted(lines all) {
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("nodes find each other as soon as they start, in any order") {
  broker_world net;
  auto& b = net.start("b");
  net.settle();
  auto& a = net.start("a");
  auto& c = net.start("c");
  net.settle();
  CHECK(sorted(a.take()) == lines{"up b 1", "up c 1"});
  CHECK(sorted(b.take()) == lines{"up a 1", "up c 1"});
  CHECK(sorted(c.take()) == lines{"up a 1", "up b 1"});
  CHECK(a.info("b").state == node_state::up);
}

TEST_CASE_FIXTURE(two_nodes, "messages of a node arrive complete and in order, and only at nodes with interest") {
  auto& c = net.start("c");
  net.settle();
  c.take();
  a.take();
  b.take();
  for (const auto* message : {"1", "2", "3"}) a.broadcast("t", message);
  net.settle();
  CHECK(b.take() == lines{"a says 1", "a says 2", "a says 3"});
  CHECK(c.take().empty());
  CHECK(a.info("b").sent_messages == 3);
  CHECK(a.info("c").sent_messages == 0);
  CHECK(b.info("a").received_messages == 3);
}

TEST_CASE_FIXTURE(two_nodes, "a join that waits for the other nodes continues when they have acknowledged") {
  a.set_interest("new");
  int called = 0;
  CHECK_FALSE(a.others.when_interest_known(bucket("new"), [&] { ++called; }, net.now));
  net.settle();
  CHECK(called == 1);
  b.broadcast("new", "first");
  net.settle();
  CHECK(a.take() == lines{"b says first"});
}

TEST_CASE_FIXTURE(two_nodes, "a node that leaves has sent all that waited, and is not known any more") {
  a.full = true;
  for (const auto* message : {"1", "2"}) a.broadcast("t", message);
  a.links.leave();
  net.settle();
  CHECK_FALSE(a.links.has_left());
  CHECK(b.take().empty());
  a.full = false;
  a.links.flush_all();
  CHECK(a.links.has_left());
  net.settle();
  CHECK(b.take() == lines{"a says 1", "a says 2", "down a 1"});
  CHECK(b.others.nodes().empty());
  CHECK(a.take().empty());
  net.pass(2s);
  CHECK(b.others.nodes().empty());
}

TEST_CASE_FIXTURE(two_nodes, "a node that leaves while others are out of reach has left") {
  a.disconnect();
  a.links.leave();
  CHECK(a.links.has_left());
}

TEST_CASE_FIXTURE(two_nodes, "waiting messages have a limit, and so has a single message; those beyond are counted") {
  net.limits.max_node_outbox_messages = 2;
  a.full = true;
  for (const auto* message : {"1", "2", "3"}) a.broadcast("t", message);
  CHECK(a.info("b").lost_messages == 1);
  a.full = false;
  a.links.flush_all();
  a.broadcast("t", std::string(net.limits.max_redis_message_bytes + 1, 'x'));
  CHECK(net.log.back() == "a message of 16777217 bytes for node b is dropped: one may have 16777216");
  net.settle();
  CHECK(b.take() == lines{"a says 1", "a says 2"});
  CHECK(a.info("b").lost_messages == 2);
}

TEST_CASE_FIXTURE(two_nodes, "a message that no node sent is ignored, with a line in the log") {
  net.log.clear();
  net.say("", "nonsense");
  net.say("a", encode(broker_batch{{"b", 1}, 999, 1, 0, "for another run"}));
  net.say("a", encode(broker_reset{{"c", 1}, 1, 1}));
  net.settle();
  CHECK(std::any_of(net.log.begin(), net.log.end(),
                    [](const auto& line) { return line.find("no node sent") != line.npos; }));
  a.broadcast("t", "x");
  net.settle();
  CHECK(b.take() == lines{"a says x"});
  CHECK(a.take().empty());
}

TEST_CASE_FIXTURE(two_nodes, "records that make no sense end the link they came over, and nothing else") {
  net.say("b", encode(broker_batch{{"a", 1}, 1, 1, 1, "?"}));
  net.settle();
  CHECK(b.take() == lines{"down a 1"});
  net.pass(1s);
  CHECK(b.take() == lines{"up a 1"});
}

TEST_CASE_FIXTURE(two_nodes, "a farewell that overtakes the last messages of its node does not end their link") {
  net.say("b", encode(broker_hello{{"a", 1}, broker_hello::purpose::farewell}));
  a.broadcast("t", "last");
  net.settle();
  CHECK(b.take() == lines{"a says last"});
}

TEST_CASE_FIXTURE(two_nodes, "no more nodes than the limit are linked") {
  net.limits.max_nodes = 2;
  for (const auto* name : {"x", "y", "z"}) net.say("a", encode(broker_hello{{name, 1}}));
  net.settle();
  CHECK(a.others.nodes().size() == 2);
}
