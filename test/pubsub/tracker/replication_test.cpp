#include <bennu/pubsub/tracker/replication.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

#include "replication_trio.hpp"

using namespace std::chrono_literals;
using namespace presence_world;
using bennu::presence_state;
using bennu::replication;
using bennu::replication_message;
using bennu::replication_options;
using namespace replication_talk;

// -- times of messages ------------------------------------------------------------------------------------------------

TEST_CASE("changes are sent to all nodes with the next tick, once") {
  trio all;
  all.meet(all.a, all.b);
  all.a.add(1, "ana");
  CHECK(said(all.a.talk.tick(all.now += 250ms)) == "heartbeat to all ana@1");
  CHECK(said(all.a.talk.tick(all.now += 250ms)).empty());
  all.a.remove(1, "ana");
  all.a.add(2, "ana");
  CHECK(said(all.a.talk.tick(all.now += 250ms)) == "heartbeat to all ana@2");
}

TEST_CASE("if nothing changes, a node sends a heartbeat every heartbeat_period") {
  trio all;
  CHECK(said(all.a.talk.tick(all.now)) == "heartbeat to all");
  CHECK(said(all.a.talk.tick(all.now += 4'999ms)).empty());
  CHECK(said(all.a.talk.tick(all.now += 1ms)) == "heartbeat to all");
}

TEST_CASE("a presence that came and left between two ticks is never sent") {
  trio all;
  all.meet(all.a, all.b);
  all.a.add(1, "ana");
  all.a.remove(1, "ana");
  CHECK(all.heartbeat(all.a, all.b) == "heartbeat to all");
  CHECK(all.b.state.clocks() == all.a.state.clocks());
}

// -- who comes --------------------------------------------------------------------------------------------------------

TEST_CASE("nodes that can reach each other exchange all they have at once") {
  trio all;
  all.a.add(1, "ana");
  all.b.add(2, "bob");
  all.a.talk.tick(all.now);
  all.b.talk.tick(all.now);
  all.tell(all.a, all.b, all.a.talk.node_up("b"));
  CHECK(seen_in(all.a.state) == names{"ana@1", "bob@2"});
  CHECK(seen_in(all.b.state) == seen_in(all.a.state));
}

TEST_CASE("greetings end") {
  trio all;
  CHECK(all.tell(all.a, all.b, all.a.talk.node_up("b")) == "heartbeat to b | heartbeat to a | heartbeat to b");
  CHECK(all.tell(all.a, all.b, all.a.talk.node_up("b")) == "heartbeat to b");
}

TEST_CASE("messages of a node with this node's own name are ignored") {
  machine a{a_id};
  const auto out = a.talk.receive({{"a", 2}, replication_message::heartbeat{}}, {});
  CHECK(out.messages.empty());
  CHECK(a.talk.counted().refused == 1);
}

TEST_CASE("nodes beyond the limit are ignored, unless they replace one that is down") {
  replication_options wanted;
  wanted.max_replicas = 1;
  trio all{wanted};
  all.a.add(1, "ana");
  all.heartbeat(all.a, all.c);
  all.b.add(2, "bob");
  all.heartbeat(all.b, all.c);
  CHECK(seen_in(all.c.state) == names{"ana@1"});
  CHECK(all.c.talk.counted().refused == 1);
  all.c.talk.tick(all.now += 31s);
  all.heartbeat(all.b, all.c);
  CHECK(seen_in(all.c.state) == names{"bob@2"});
}

// -- who goes ---------------------------------------------------------------------------------------------------------

TEST_CASE("a node that sends nothing for down_period is hidden, and visible again when it sends") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  CHECK(all.b.talk.tick(all.now += 30s).changes.empty());
  CHECK(names_of(all.b.talk.tick(all.now += 1ms).changes.leaves) == names{"ana@1"});
  all.seen.clear();
  all.heartbeat(all.a, all.b);
  CHECK(names_of(all.seen.front().joins) == names{"ana@1"});
}

TEST_CASE("a node whose connection is lost may return within lost_period without a change") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.b.talk.node_down("a", all.now);
  CHECK(all.b.talk.tick(all.now += 5s).changes.empty());
  all.heartbeat(all.a, all.b);
  CHECK(all.b.talk.tick(all.now += 5s).changes.empty());
  all.b.talk.node_down("a", all.now);
  all.b.talk.node_down("a", all.now + 1s);
  CHECK(names_of(all.b.talk.tick(all.now += 5'001ms).changes.leaves) == names{"ana@1"});
}

TEST_CASE("a node that was down is visible when it has sent its changes: presences that left do not return") {
  trio all;
  all.a.add(1, "ana");
  all.a.add(2, "bob");
  all.meet(all.a, all.b);
  all.b.talk.tick(all.now += 31s);
  all.a.remove(1, "ana");
  all.a.talk.tick(all.now);  // lost
  all.a.add(3, "eve");
  all.seen.clear();
  CHECK(all.heartbeat(all.a, all.b) ==
        "heartbeat to all eve@3 | heartbeat to a | heartbeat to b | request to a a>2 | transfer to b eve@3");
  CHECK(seen_in(all.b.state) == names{"bob@2", "eve@3"});
  names joins;
  for (const auto& changes : all.seen) {
    CHECK(changes.leaves.empty());
    for (const auto& presence : changes.joins) joins.push_back(name_of(*presence));
  }
  CHECK(sorted(joins) == names{"bob@2", "eve@3"});
}

TEST_CASE("a node that sends nothing for permdown_period is forgotten, and later asked for its whole state") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.b.talk.tick(all.now += 31s);
  all.b.talk.tick(all.now += 20min);
  CHECK(all.b.state.clock_of(a_id) == 0);
  all.tell(all.a, all.b, all.a.talk.tick(all.now));
  CHECK(seen_in(all.b.state) == names{"ana@1"});
}

TEST_CASE("the presences of a node's earlier incarnation leave when its next one sends") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  machine again{{"a", 2}};
  again.add(9, "ana");
  all.heartbeat(again, all.b);
  CHECK(seen_in(all.b.state) == names{"ana@9"});
}

TEST_CASE("a late message of an earlier run does not take the place of the present one") {
  trio all;
  all.a.add(1, "ana");
  const auto late = all.a.talk.tick(all.now);
  machine again{{"a", 2}};
  again.add(9, "eve");
  all.heartbeat(again, all.b);
  all.tell(all.a, all.b, late);
  CHECK(seen_in(all.b.state) == names{"eve@9"});
}

TEST_CASE("a node whose clock was set back before its restart is believed when its earlier run is down") {
  trio all;
  machine again{{"a", 0}};
  again.add(9, "eve");
  all.meet(all.a, all.b);
  all.heartbeat(again, all.b);
  CHECK(seen_in(all.b.state).empty());
  all.b.talk.tick(all.now += 31s);
  all.heartbeat(again, all.b);
  CHECK(seen_in(all.b.state) == names{"eve@9"});
}

TEST_CASE("a node that sends a farewell is gone at once, and its later messages are ignored") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.a.add(2, "bob");
  const auto late = all.a.talk.tick(all.now += 250ms);
  all.seen.clear();
  all.tell(all.a, all.b, all.a.talk.leave());
  CHECK(names_of(all.seen.front().leaves) == names{"ana@1"});
  all.tell(all.a, all.b, late);
  CHECK(seen_in(all.b.state).empty());
}

// -- options ----------------------------------------------------------------------------------------------------------

TEST_CASE("periods that contradict each other are refused") {
  presence_state state{a_id};
  const auto refused = [&](auto change) {
    replication_options wanted;
    change(wanted);
    CHECK_THROWS_AS(replication(state, wanted), std::invalid_argument);
  };
  refused([](auto& o) { o.broadcast_period = 0ms; });
  refused([](auto& o) { o.heartbeat_period = 249ms; });
  refused([](auto& o) { o.down_period = 9'999ms; });
  refused([](auto& o) { o.permdown_period = o.down_period; });
}
