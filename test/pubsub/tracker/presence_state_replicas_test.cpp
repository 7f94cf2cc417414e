#include <bennu/pubsub/tracker/presence_state.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

#include "presence_replicas.hpp"

using bennu::presence_state;
using namespace presence_world;
using namespace presence_replicas;

TEST_CASE("information about an unknown replica is ignored until it is up") {
  presence_state a{node1};
  presence_state b{node2};
  add(a, 1, "ana");
  CHECK(b.merge(*a.delta_since(0)).empty());
  b.replica_up(node1);
  CHECK(seen_in(b).empty());
  CHECK(names_of(catch_up(b, a).joins) == names{"ana@1"});
}

TEST_CASE("the presences of a replica that is down are hidden, and appear again when it is up") {
  cluster all;
  add(all.a, 1, "ana");
  add(all.b, 2, "bob");
  catch_up(all.b, all.a);
  CHECK(names_of(all.b.replica_down(node1).leaves) == names{"ana@1"});
  CHECK(all.b.replica_down(node1).empty());
  CHECK(seen_in(all.b) == names{"bob@2"});
  CHECK_FALSE(all.b.clocks().contains(node1));
  CHECK(names_of(all.b.replica_up(node1).joins) == names{"ana@1"});
  CHECK(all.b.replica_up(node1).empty());
  CHECK(seen_in(all.b) == names{"ana@1", "bob@2"});
}

TEST_CASE("changes of a replica that is down are kept, and become visible when it is up") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  all.b.replica_down(node1);
  const auto since = all.a.clocks().at(node1);
  all.a.remove(1, "room", "ana");
  add(all.a, 3, "eve");
  CHECK(all.b.merge(*all.a.delta_since(since)).empty());
  CHECK(seen_in(all.b).empty());
  CHECK(names_of(all.b.replica_up(node1).joins) == names{"eve@3"});
}

TEST_CASE("a split that heals: both sides see the joins and leaves of the other") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  all.a.replica_down(node2);
  all.b.replica_down(node1);
  all.a.remove(1, "room", "ana");
  add(all.a, 3, "eve");
  add(all.b, 2, "bob");
  all.a.replica_up(node2);
  CHECK(names_of(all.b.replica_up(node1).joins) == names{"ana@1"});
  catch_up(all.a, all.b);
  catch_up(all.b, all.a);
  CHECK(seen_in(all.a) == names{"bob@2", "eve@3"});
  CHECK(seen_in(all.b) == seen_in(all.a));
}

TEST_CASE("a replica that is down for good is forgotten, and others do not bring it back") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  catch_up(all.c, all.a);
  CHECK(names_of(all.b.replica_permdown(node1).leaves) == names{"ana@1"});
  CHECK(all.b.replica_permdown(node1).empty());
  CHECK(all.c.extract(node2, all.b.clocks()).empty());
  CHECK(all.b.merge(all.c.extract(node2, {{node1, 0}})).empty());
  CHECK(seen_in(all.b).empty());
}

TEST_CASE("a replica that went down first is forgotten without being reported again") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  all.b.replica_down(node1);
  CHECK(all.b.replica_permdown(node1).empty());
  CHECK(all.b.replica_up(node1).empty());
}

TEST_CASE("a restarted node is another replica, and the presences of the earlier one leave with it") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  presence_state restarted{{"node1", 2}};
  add(restarted, 1, "ana");
  all.b.replica_permdown(node1);
  all.b.replica_up(restarted.self());
  catch_up(all.b, restarted);
  CHECK(seen_in(all.b) == names{"ana@1"});
  CHECK(all.b.merge(*all.a.delta_since(0)).empty());
}

TEST_CASE("a replica does not take itself for down") {
  presence_state state{node1};
  CHECK_THROWS_AS(state.replica_down(node1), std::invalid_argument);
  CHECK_THROWS_AS(state.replica_permdown(node1), std::invalid_argument);
}
