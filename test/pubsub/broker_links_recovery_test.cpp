#include <bennu/pubsub/internal/broker_links.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker_world.hpp"

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

}  // namespace

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
    a.set_interest("t");
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
  again.set_interest("t");
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

TEST_CASE_FIXTURE(two_nodes, "a node that was silent for long is not known any more") {
  net.limits.node_forget_time = 10s;
  b.is_connected = false;
  net.pass(11s);
  CHECK(a.others.nodes().empty());
}
