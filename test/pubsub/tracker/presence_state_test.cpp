#include <bennu/pubsub/tracker/presence_state.hpp>

#include <doctest/doctest.h>

#include "presence_replicas.hpp"

using bennu::presence_state;
using namespace presence_world;
using namespace presence_replicas;

// -- one replica ------------------------------------------------------------------------------------------------------

TEST_CASE("a new replica knows no other, and has no operations") {
  const presence_state state{node1};
  CHECK(seen_in(state).empty());
  CHECK(state.clocks() == bennu::replica_clocks{{node1, 0}});
}

TEST_CASE("an added presence is visible in its topic, and in no other") {
  presence_state state{node1};
  add(state, 1, "ana");
  add(state, 2, "bob", "hall");
  CHECK(seen_in(state) == names{"ana@1"});
  CHECK(seen_in(state, "hall") == names{"bob@2"});
}

TEST_CASE("a process may be present under several keys, and a key stand for several processes in the order they came") {
  presence_state state{node1};
  add(state, 2, "ana");
  add(state, 1, "ana");
  add(state, 1, "bob");
  CHECK(seen_in(state) == names{"ana@1", "ana@2", "bob@1"});
  const auto& metas = state.visible().topic("room").at("ana");
  CHECK(metas.at(0)->process == 2);
  CHECK(metas.at(1)->process == 1);
}

TEST_CASE("a presence is removed once") {
  presence_state state{node1};
  add(state, 1, "ana");
  add(state, 2, "ana");
  CHECK(name_of(*state.remove(1, "room", "ana")) == "ana@1");
  CHECK(state.remove(1, "room", "ana") == nullptr);
  CHECK(seen_in(state) == names{"ana@2"});
}

TEST_CASE("a process that ends takes all its presences with it, in every topic") {
  presence_state state{node1};
  add(state, 1, "ana");
  add(state, 1, "ana", "hall");
  add(state, 2, "bob");
  CHECK(names_of(state.remove_all(1)) == names{"ana@1", "ana@1"});
  CHECK(seen_in(state) == names{"bob@2"});
  CHECK(seen_in(state, "hall").empty());
  CHECK(state.remove_all(1).empty());
}

TEST_CASE("an update puts another meta in the place of the old one") {
  presence_state state{node1};
  const auto old = state.add({"room", 1, "ana", {{"n", 1}}});
  const auto made = state.update(old, {{"n", 2}});
  CHECK(seen_in(state) == names{R"(ana@1{"n":2})"});
  CHECK(state.find(1, "room", "ana") == made);
}

// -- two replicas -----------------------------------------------------------------------------------------------------

TEST_CASE("replicas that exchange their knowledge see the same presences") {
  cluster all;
  add(all.a, 1, "ana");
  add(all.b, 2, "bob");
  CHECK(names_of(catch_up(all.b, all.a).joins) == names{"ana@1"});
  CHECK(names_of(catch_up(all.a, all.b).joins) == names{"bob@2"});
  CHECK(seen_in(all.a) == names{"ana@1", "bob@2"});
  CHECK(seen_in(all.b) == seen_in(all.a));
}

TEST_CASE("a delta that is merged again changes nothing") {
  cluster all;
  add(all.a, 1, "ana");
  const auto delta = *all.a.delta_since(0);
  CHECK(all.b.merge(delta).joins.size() == 1);
  CHECK(all.b.merge(delta).empty());
}

TEST_CASE("a removal is seen by the others, one process of a key at a time") {
  cluster all;
  add(all.a, 1, "ana");
  add(all.a, 2, "ana");
  catch_up(all.b, all.a);
  all.a.remove(1, "room", "ana");
  CHECK(names_of(catch_up(all.b, all.a).leaves) == names{"ana@1"});
  CHECK(seen_in(all.b) == names{"ana@2"});
}

TEST_CASE("an update appears to other replicas as a join and a leave in one step") {
  cluster all;
  const auto old = all.a.add({"room", 1, "ana", {{"n", 1}}});
  catch_up(all.b, all.a);
  all.a.update(old, {{"n", 2}});
  const auto seen = catch_up(all.b, all.a);
  CHECK(names_of(seen.joins) == names{R"(ana@1{"n":2})"});
  CHECK(names_of(seen.leaves) == names{R"(ana@1{"n":1})"});
}

TEST_CASE("a presence that came and left between two exchanges is never visible") {
  cluster all;
  add(all.a, 1, "ana");
  all.a.remove(1, "room", "ana");
  CHECK(catch_up(all.b, all.a).empty());
  CHECK(all.b.clocks() == all.a.clocks());
}

TEST_CASE("information of others about a replica's own presences is ignored") {
  presence_state state{node1};
  add(state, 1, "ana");
  bennu::replica_presences told;
  told.seen.insert(1, 9);
  CHECK(state.merge({{node1, told}}).empty());
  CHECK(seen_in(state) == names{"ana@1"});
  CHECK(state.clocks().at(node1) == 1);
}

// -- by way of a third ------------------------------------------------------------------------------------------------

TEST_CASE("joins and leaves are learnt through another replica") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  CHECK(names_of(catch_up(all.c, all.b).joins) == names{"ana@1"});
  all.a.remove(1, "room", "ana");
  catch_up(all.b, all.a);
  CHECK(names_of(catch_up(all.c, all.b).leaves) == names{"ana@1"});
}

TEST_CASE("an old message that arrives by a detour does not bring back presences that have left") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  const auto old = all.b.extract(node3, all.c.clocks());
  all.a.remove(1, "room", "ana");
  catch_up(all.c, all.a);
  CHECK(all.c.merge(old).empty());
  CHECK(seen_in(all.c).empty());
}
