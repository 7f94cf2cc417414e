#include <bennu/pubsub/tracker/tracker.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

#include "tracker_nodes_case.hpp"

using namespace std::chrono_literals;
using bennu::tracker;
using presence_world::names;
using namespace tracker_nodes_world;

TEST_CASE_FIXTURE(nodes_case, "a presence that is tracked on one node is present on all, and reported there") {
  auto& a = start("a");
  auto& b = start("b");
  a.track(a.spawn(), "ana");
  CHECK(a.keys() == names{"ana"});
  advance(300ms);
  CHECK(b.keys() == names{"ana"});
  CHECK(b.table->count("room") == 1);
  CHECK(b.heard->present == a.refs());
}

TEST_CASE_FIXTURE(nodes_case, "a node that starts later gets all presences at once") {
  auto& a = start("a");
  a.track(a.spawn(), "ana");
  advance(1s);
  auto& b = start("b");
  settle();
  CHECK(b.keys() == names{"ana"});
}

TEST_CASE_FIXTURE(nodes_case, "a process that ends is gone on all nodes") {
  auto& a = start("a");
  auto& b = start("b");
  a.track(a.spawn(), "ana");
  advance(300ms);
  a.end(0);
  advance(300ms);
  CHECK(b.keys().empty());
  CHECK(b.heard->present.empty());
}

TEST_CASE_FIXTURE(nodes_case, "each side of a cut sees its own, and both agree when it has healed") {
  auto& a = start("a");
  auto& b = start("b");
  a.track(a.spawn(), "ana");
  b.track(b.spawn(), "bob");
  advance(300ms);
  CHECK(a.keys() == names{"ana", "bob"});
  cut("a", "b");
  advance(4s);
  CHECK(a.keys() == names{"ana", "bob"});
  advance(2s);
  CHECK(a.keys() == names{"ana"});
  CHECK(b.keys() == names{"bob"});
  a.end(0);
  a.track(a.spawn(), "eve");
  link("a", "b");
  advance(300ms);
  CHECK(a.keys() == names{"bob", "eve"});
  CHECK(b.keys() == a.keys());
  CHECK(b.heard->exact);
  CHECK(b.heard->present == a.heard->present);
}

TEST_CASE_FIXTURE(nodes_case, "a node that leaves in good order takes its presences with it at once") {
  auto& a = start("a");
  start("b");
  auto& b = *running.at("b");
  b.track(b.spawn(), "bob");
  advance(300ms);
  leave("b");
  CHECK(a.keys().empty());
}

TEST_CASE_FIXTURE(nodes_case, "the presences of a tracker that is destroyed are gone, while its node stays") {
  auto& a = start("a");
  auto& b = start("b");
  b.track(b.spawn(), "bob");
  advance(300ms);
  b.table.reset();
  settle();
  CHECK(a.keys().empty());
}

TEST_CASE_FIXTURE(nodes_case, "a node that crashed and came back has its new presences only") {
  auto& a = start("a");
  start("b");
  running.at("b")->track(running.at("b")->spawn(), "bob");
  advance(300ms);
  crash("b");
  auto& again = start("b");
  again.track(again.spawn(), "eve");
  advance(300ms);
  CHECK(a.keys() == names{"eve"});
  CHECK(a.heard->exact);
}

TEST_CASE_FIXTURE(nodes_case,
                  "trackers of different names get no messages of each other; a node has one of each name") {
  auto& a = start("a");
  options.name = "another";
  auto& b = start("b");
  a.track(a.spawn(), "ana");
  advance(300ms);
  CHECK(b.keys().empty());
  CHECK_THROWS_AS(tracker(b.cluster, system, options, b.heard), std::invalid_argument);
}

TEST_CASE_FIXTURE(nodes_case, "malformed messages of another node are logged, and have no other effect") {
  auto& a = start("a");
  auto& b = start("b");
  b.cluster.send_to_all("presence", "nonsense");
  a.track(a.spawn(), "ana");
  advance(300ms);
  CHECK(a.log == names{"presence: a message of node b is refused: it is of another version"});
  CHECK(b.keys() == names{"ana"});
}

TEST_CASE_FIXTURE(nodes_case, "nodes whose tables have different numbers of parts do not take each other's") {
  auto& a = start("a");
  options.shards = 3;
  auto& b = start("b");
  a.track(a.spawn(), "ana");
  advance(300ms);
  CHECK(b.keys().empty());
  REQUIRE_FALSE(b.log.empty());
  CHECK(b.log.front() == "presence: a message of node a is refused: its table has another number of parts");
}

TEST_CASE_FIXTURE(nodes_case, "more than may wait to be read is dropped, and made up for") {
  options.replication.max_waiting_bytes = 700;
  auto& a = start("a");
  auto& b = start("b");
  advance(300ms);
  for (int i = 0; i < 20; ++i) a.track(a.spawn(), "user" + std::to_string(i), "room" + std::to_string(i));
  advance(30s);
  std::size_t seen = 0;
  for (int i = 0; i < 20; ++i) seen += b.table->count("room" + std::to_string(i));
  CHECK(seen == 20);
  CHECK_FALSE(b.log.empty());
}

TEST_CASE_FIXTURE(nodes_case, "a table of many messages reaches a node that comes later, and one that comes back") {
  options.shards = 1;
  options.replication.max_part_bytes = 1'000;
  auto& a = start("a");
  for (int i = 0; i < 200; ++i) a.track(a.spawn(), "user" + std::to_string(i));
  for (int i = 0; i < 50; ++i) a.end(static_cast<std::size_t>(i));
  settle();
  auto& b = start("b");
  net.most_bytes = 0;
  advance(300ms);
  CHECK(a.keys().size() == 150);
  CHECK(b.keys() == a.keys());
  CHECK(net.most_bytes < 1'300);

  cut("a", "b");
  advance(10s);
  CHECK(b.keys().empty());
  for (int i = 0; i < 50; ++i) a.end(static_cast<std::size_t>(i));
  for (int i = 0; i < 50; ++i) a.track(a.spawn(), "new" + std::to_string(i));
  link("a", "b");
  advance(300ms);
  CHECK(a.keys().size() == 150);
  CHECK(b.keys() == a.keys());
  CHECK(b.heard->exact);
  CHECK(b.heard->present == a.refs());
}
