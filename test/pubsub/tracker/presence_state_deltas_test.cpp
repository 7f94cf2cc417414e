#include <bennu/pubsub/tracker/presence_state.hpp>

#include <doctest/doctest.h>

#include "presence_replicas.hpp"

using bennu::presence_state;
using namespace presence_world;
using namespace presence_replicas;

// -- deltas -----------------------------------------------------------------------------------------------------------

TEST_CASE("a delta has the operations since a clock, and no more") {
  cluster all;
  add(all.a, 1, "ana");
  add(all.a, 2, "bob");
  const auto since = all.a.clocks().at(node1);
  add(all.a, 3, "eve");
  all.a.remove(1, "room", "ana");
  const auto delta = all.a.delta_since(since)->at(node1);
  CHECK(delta.live.size() == 1);
  CHECK(delta.seen.contains(1));
  CHECK_FALSE(delta.seen.contains(2));
  CHECK(all.a.delta_since(all.a.clocks().at(node1))->empty());
}

TEST_CASE("a delta that was lost leaves a gap, and is made up for") {
  cluster all;
  add(all.a, 1, "ana");
  const auto since = all.a.clocks().at(node1);
  add(all.a, 2, "bob");
  all.b.merge(*all.a.delta_since(since));
  CHECK(seen_in(all.b) == names{"bob@2"});
  CHECK(all.b.clocks().at(node1) == 0);
  catch_up(all.b, all.a);
  CHECK(seen_in(all.b) == names{"ana@1", "bob@2"});
  CHECK(all.b.clocks() == all.a.clocks());
}

TEST_CASE("a removal is not lost with its delta, even if a later delta mentions the removed presence") {
  cluster all;
  const auto first = all.a.add({"room", 1, "ana", {{"n", 1}}});
  catch_up(all.b, all.a);
  const auto second = all.a.update(first, {{"n", 2}});
  const auto since = all.a.clocks().at(node1);
  all.a.update(second, {{"n", 3}});
  all.b.merge(*all.a.delta_since(since));
  catch_up(all.b, all.a);
  CHECK(seen_in(all.b) == names{R"(ana@1{"n":3})"});
}

TEST_CASE("a node that lags behind is sent the removals while they are remembered, and later the whole state") {
  presence_state a{node1, 2};
  presence_state b{node2};
  b.replica_up(node1);
  for (std::uint64_t process = 1; process <= 5; ++process) add(a, process, "ana");
  catch_up(b, a);
  for (std::uint64_t process = 1; process <= 2; ++process) a.remove(process, "room", "ana");
  CHECK_FALSE(a.extract(node2, b.clocks()).at(node1).seen.contains(3));
  a.remove(3, "room", "ana");
  CHECK_FALSE(a.delta_since(b.clocks().at(node1)));
  const auto all = a.extract(node2, b.clocks()).at(node1);
  CHECK(all.seen.ranges() == std::map<bennu::replica_clock, bennu::replica_clock>{{1, 3}, {6, 8}});
  CHECK(all.live.empty());
  catch_up(b, a);
  CHECK(seen_in(b) == names{"ana@4", "ana@5"});
}

TEST_CASE("a node that knows everything is sent nothing") {
  cluster all;
  add(all.a, 1, "ana");
  catch_up(all.b, all.a);
  CHECK(all.a.extract(node2, all.b.clocks()).empty());
}

TEST_CASE("a replica is sent nothing about itself, and nothing about replicas it does not know") {
  cluster all;
  add(all.b, 2, "bob");
  add(all.c, 3, "eve");
  catch_up(all.a, all.b);
  catch_up(all.a, all.c);
  CHECK(all.a.extract(node2, {{node1, 0}, {node2, 0}}).empty());
  CHECK(all.a.extract(node2, {{node3, 0}}).contains(node3));
}

// -- parts ------------------------------------------------------------------------------------------------------------

TEST_CASE("a delta that does not fit into one message comes in parts, which may be merged one after the other") {
  for (const std::size_t max_removals : {0, 10'000}) {
    presence_state a{node1, max_removals};
    presence_state b{node2};
    b.replica_up(node1);
    for (std::uint64_t process = 0; process < 200; ++process) add(a, process, "ana");
    for (std::uint64_t process = 0; process < 200; process += 2) a.remove(process, "room", "ana");
    std::size_t parts = 0;
    for (bool more = true; more; ++parts) {
      const auto before = b.clock_of(node1);
      const auto part = a.extract(node2, b.clocks(), 500);
      CHECK(part.at(node1).live.size() < 20);
      b.merge(part);
      CHECK(b.clock_of(node1) > before);
      more = b.clocks().at(node1) < a.clocks().at(node1);
    }
    CHECK(parts > 5);
    CHECK(seen_in(b) == seen_in(a));
    CHECK(a.extract(node2, b.clocks(), 500).empty());
  }
}

TEST_CASE("a part says nothing about later operations, and has all removals of earlier presences") {
  for (const std::size_t max_removals : {0, 10'000}) {
    presence_state a{node1, max_removals};
    presence_state b{node2};
    b.replica_up(node1);
    for (std::uint64_t process = 1; process <= 3; ++process) add(a, process, "ana");
    catch_up(b, a);
    add(a, 4, "bob");            // 4
    a.remove(2, "room", "ana");  // 5
    add(a, 5, "eve");            // 6
    b.merge(*a.delta_since(5));  // ahead of the others
    a.remove(5, "room", "eve");  // 7
    const auto next = a.extract(node2, b.clocks(), 1);
    CHECK(next.at(node1).seen.highest() == 7);  // no other presence came
    add(a, 6, "zoe");                           // 8
    add(a, 7, "zoe");                           // 9
    const auto part = a.extract(node2, b.clocks(), 1).at(node1);
    CHECK(part.seen.highest() == 7);
    CHECK(part.live.size() == 1);
    CHECK(part.seen.contains(2));
    CHECK_FALSE(part.seen.contains(1));
    b.merge({{node1, part}});
    CHECK(seen_in(b) == names{"ana@1", "ana@3", "bob@4"});
    CHECK(b.clock_of(node1) == 7);
  }
}

TEST_CASE("a presence that is larger than a message may be goes alone") {
  cluster all;
  all.a.add({"room", 1, "ana", {{"text", std::string(1'000, 'x')}}});
  add(all.a, 2, "bob");
  CHECK(all.a.extract(node2, all.b.clocks(), 500).at(node1).seen.highest() == 1);
  CHECK(all.a.delta_since(1, 500));
  CHECK_FALSE(all.a.delta_since(0, 500));
  CHECK(all.a.delta_since(0, 2'000));
}

TEST_CASE("the replicas that one message tells of share it") {
  cluster all;
  add(all.a, 1, "ana");
  for (std::uint64_t process = 2; process <= 3; ++process) add(all.b, process, "bob");
  catch_up(all.b, all.a);
  const auto first = all.b.extract(node3, all.c.clocks(), 1);
  CHECK(first.size() == 1);
  CHECK(first.contains(node1));
  all.c.merge(first);
  all.c.merge(all.b.extract(node3, all.c.clocks(), 1));
  CHECK(seen_in(all.c) == names{"ana@1", "bob@2"});
  catch_up(all.c, all.b);
  CHECK(seen_in(all.c) == seen_in(all.b));
}

TEST_CASE("a node that has merged only parts of a replica can pass on as much") {
  cluster all;
  for (std::uint64_t process = 1; process <= 3; ++process) add(all.a, process, "ana");
  all.b.merge(all.a.extract(node2, all.b.clocks(), 1));
  all.a.remove(1, "room", "ana");
  add(all.a, 4, "eve");
  all.b.merge(*all.a.delta_since(4));  // the replica that is ahead of the others
  catch_up(all.c, all.b);
  CHECK(seen_in(all.c) == seen_in(all.b));
  CHECK(all.c.clocks() == all.b.clocks());
  for (auto* to : {&all.b, &all.c}) {
    while (to->clock_of(node1) < all.a.clock_of(node1)) to->merge(all.a.extract(to->self(), to->clocks(), 1));
    CHECK(seen_in(*to) == names{"ana@2", "ana@3", "eve@4"});
  }
}
