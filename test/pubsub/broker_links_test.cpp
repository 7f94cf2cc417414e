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

/// Two linked nodes, whose records of the linking were cleared.
struct two_nodes {
  two_nodes() {
    b.want("t");
    net.settle();
    a.take();
    b.take();
  }
  broker_world net;
  broker_world::node& a = net.start("a");
  broker_world::node& b = net.start("b");
};

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

TEST_CASE_FIXTURE(two_nodes, "messages of a node arrive complete and in order, and only at nodes that want them") {
  auto& c = net.start("c");
  net.settle();
  c.take();
  a.take();
  b.take();
  for (const auto* what : {"1", "2", "3"}) a.broadcast("t", what);
  net.settle();
  CHECK(b.take() == lines{"a says 1", "a says 2", "a says 3"});
  CHECK(c.take().empty());
  CHECK(a.info("b").sent_messages == 3);
  CHECK(a.info("c").sent_messages == 0);
  CHECK(b.info("a").received_messages == 3);
}

TEST_CASE_FIXTURE(two_nodes, "a join that waits for the other nodes continues when they have acknowledged") {
  a.want("new");
  int called = 0;
  CHECK_FALSE(a.others.when_wanted(bucket("new"), [&] { ++called; }, net.now));
  net.settle();
  CHECK(called == 1);
  b.broadcast("new", "first");
  net.settle();
  CHECK(a.take() == lines{"b says first"});
}

TEST_CASE_FIXTURE(two_nodes, "if a message was lost, the link ends, and the next one begins") {
  SUBCASE("by the one that leads") {
    a.broadcast("t", "lost");
    a.flush();
    net.lose();
    a.broadcast("t", "after it");
    net.settle();
    CHECK(b.take() == lines{"down a 1"});
    net.pass(1s);
    CHECK(b.take() == lines{"up a 1"});
    CHECK(a.take() == lines{"down b 1", "up b 1"});
  }
  SUBCASE("by the other one") {
    a.want("t");
    net.settle();
    b.broadcast("t", "lost");
    b.flush();
    net.lose();
    b.broadcast("t", "after it");
    net.settle();
    CHECK(a.take() == lines{"down b 1"});
    net.pass(1s);
    CHECK(a.take() == lines{"up b 1"});
    CHECK(b.take() == lines{"down a 1", "up a 1"});
  }
  a.broadcast("t", "well again");
  net.settle();
  CHECK(b.take() == lines{"a says well again"});
}

TEST_CASE_FIXTURE(two_nodes, "a link whose beginning was lost is begun again") {
  net.stop("b");
  auto& again = net.start("b", 2);
  again.want("t");
  for (int i = 0; i < 4; ++i) {
    net.pass(250ms);
    net.lose();
  }
  a.take();
  net.pass(4s);
  CHECK(again.take() == lines{"up a 1"});
  a.broadcast("t", "x");
  net.settle();
  CHECK(again.take() == lines{"a says x"});
}

TEST_CASE_FIXTURE(two_nodes, "a connection that breaks ends all links, and they come back with it") {
  for (auto* one : {&a, &b}) {
    one->disconnect();
    CHECK(one->take().size() == 1);
    one->connect();
    net.pass(1s);
    CHECK(a.info("b").state == node_state::up);
    CHECK(b.info("a").state == node_state::up);
    a.broadcast("t", "x");
    a.take();
    b.take();
    net.settle();
    CHECK(b.take() == lines{"a says x"});
  }
}

TEST_CASE_FIXTURE(two_nodes, "a node that sends nothing for the timeout is down, and up when it sends again") {
  b.is_connected = false;
  net.pass(4s);
  CHECK(a.take().empty());
  net.pass(500ms);
  CHECK(a.take() == lines{"down b 1"});
  CHECK(a.info("b").state == node_state::connecting);
  b.is_connected = true;
  net.pass(2s);
  CHECK(a.take() == lines{"up b 1"});
  CHECK(b.info("a").state == node_state::up);
}

TEST_CASE_FIXTURE(two_nodes, "a node that was started again is another run, and its old one goes down first") {
  net.stop("b");
  net.start("b", 2);
  net.settle();
  CHECK(a.take() == lines{"down b 1", "up b 2"});
}

TEST_CASE_FIXTURE(two_nodes, "a run that looks older is let in once the newer one has fallen silent") {
  net.stop("b");
  net.start("b", 0x1'0000);
  net.settle();
  net.stop("b");
  a.take();
  net.start("b", 5);
  net.pass(1s);
  CHECK(a.take().empty());
  net.pass(5s);
  CHECK(a.take() == lines{"down b 65536", "up b 5"});
}

TEST_CASE_FIXTURE(two_nodes, "a lost message ends the link") {
  a.links.nobody_heard("b");
  CHECK(a.take() == lines{"down b 1"});
  a.links.nobody_heard("b");
  a.links.nobody_heard("nobody");
  CHECK(a.take().empty());
}

TEST_CASE_FIXTURE(two_nodes, "a node that leaves has sent all that waited, and is not known any more") {
  a.full = true;
  for (const auto* what : {"1", "2"}) a.broadcast("t", what);
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
  for (const auto* what : {"1", "2", "3"}) a.broadcast("t", what);
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

TEST_CASE_FIXTURE(two_nodes, "a node has no links while a newer one of its name lives, and gets them back afterwards") {
  net.log.clear();
  net.say("", encode(broker_hello{{"a", 9}}));
  net.settle();
  CHECK(a.take() == lines{"down b 1"});
  CHECK(b.take() == lines{"down a 1"});
  CHECK(a.info("b").state == node_state::connecting);
  CHECK(net.log.front().find("another node is called a as well, and began later") != std::string::npos);
  net.pass(2s);
  CHECK(a.take().empty());
  SUBCASE("once it has fallen silent") { net.pass(2 * net.limits.node_timeout); }
  SUBCASE("once it has left") {
    net.say("", encode(broker_hello{{"a", 9}, broker_hello::purpose::farewell}));
    net.pass(1s);
  }
  CHECK(a.take() == lines{"up b 1"});
  CHECK(b.take() == lines{"up a 1"});
}

TEST_CASE("a node keeps its links while an older one of its name lives") {
  broker_world net;
  auto& a = net.start("a", 5);
  auto& b = net.start("b");
  net.settle();
  a.take();
  b.take();
  net.say("", encode(broker_hello{{"a", 3}}));
  net.settle();
  CHECK(a.take().empty());
  CHECK(b.take().empty());
  CHECK(net.log.back().find("another node is called a as well") != std::string::npos);
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

TEST_CASE_FIXTURE(two_nodes, "a node that was silent for long is not known any more") {
  net.limits.node_forget_time = 10s;
  b.is_connected = false;
  net.pass(11s);
  CHECK(a.others.nodes().empty());
}
