#include <bennu/pubsub/internal/peers.hpp>

#include <doctest/doctest.h>

#include "peers_case.hpp"

using namespace bennu;
using namespace std::chrono_literals;
using namespace peers_world;

TEST_CASE_FIXTURE(peers_case, "a node is sent all interest when its link begins, and then each change") {
  set_interest("early");
  auto& a = join("a");
  CHECK(a.maps == 1);
  CHECK(a.interest.has(bucket("early")));
  CHECK_FALSE(a.interest.has(bucket("late")));
  set_interest("late");
  set_interest("late");
  CHECK(woken.contains("a"));
  flush("a");
  CHECK(a.interest.has(bucket("late")));
  CHECK(a.maps == 1);
}

TEST_CASE_FIXTURE(peers_case, "subscriptions from before the start of the adapter are announced too") {
  interest.insert(bucket("early"));
  others.announce_all_interest();
  CHECK(join("a").interest.has(bucket("early")));
}

TEST_CASE_FIXTURE(peers_case, "the end of interest is announced late, and not at all if it begins again") {
  set_interest("gone");
  set_interest("back");
  auto& a = join("a");
  set_interest("gone", false);
  set_interest("back", false);
  set_interest("back");
  flush("a");
  CHECK(a.interest.has(bucket("gone")));
  others.tick(now);
  flush("a");
  CHECK_FALSE(a.interest.has(bucket("gone")));
  CHECK(a.interest.has(bucket("back")));
}

TEST_CASE_FIXTURE(peers_case, "many changes are sent as one map") {
  auto& a = join("a");
  for (int i = 0; i < 40'000; ++i) set_interest("topic:" + std::to_string(i));
  flush("a");
  CHECK(a.maps == 2);
  CHECK(a.interest.has(bucket("topic:0")));
  CHECK(a.interest.has(bucket("topic:39999")));
}

TEST_CASE_FIXTURE(peers_case, "a join that waits for the other nodes continues when all have acknowledged") {
  join("a");
  join("b");
  set_interest("new");
  int called = 0;
  CHECK_FALSE(others.when_interest_known(bucket("new"), [&] { ++called; }, now));
  flush("a");
  flush("b");
  confirm("a");
  CHECK(called == 0);
  confirm("b");
  CHECK(called == 1);
  CHECK(others.when_interest_known(bucket("new"), [] { FAIL("called"); }, now));
}

TEST_CASE_FIXTURE(peers_case, "a node whose link begins counts, because it may broadcast before its interest arrives") {
  others.open({"a", 1}, "", [] {});
  std::string map;
  CHECK(others.take("a", map));
  set_interest("new");
  int called = 0;
  CHECK_FALSE(others.when_interest_known(bucket("new"), [&] { ++called; }, now));
  others.close("a");
  CHECK(called == 1);
}

TEST_CASE_FIXTURE(peers_case, "no join waits after the last tick") {
  join("a");
  set_interest("new");
  int called = 0;
  CHECK_FALSE(others.when_interest_known(bucket("new"), [&] { ++called; }, now));
  others.stop_waiting();
  CHECK(called == 1);
  CHECK(others.when_interest_known(bucket("new"), [] { FAIL("called"); }, now));
}

TEST_CASE_FIXTURE(peers_case, "no join waits for a node that is lost") {
  join("a");
  set_interest("new");
  int called = 0;
  CHECK_FALSE(others.when_interest_known(bucket("new"), [&] { ++called; }, now));
  others.close("a");
  CHECK(called == 1);
  CHECK(others.when_interest_known(bucket("new"), [] { FAIL("called"); }, now));
}

TEST_CASE_FIXTURE(peers_case,
                  "nobody waits for long for a node that does not answer, and the next do not wait at all") {
  join("a");
  set_interest("new");
  int called = 0;
  CHECK_FALSE(others.when_interest_known(bucket("new"), [&] { ++called; }, now));
  others.tick(now + limits.node_interest_timeout - 1ms);
  CHECK(called == 0);
  CHECK(counts->value(metric::interest_timeouts) == 0);
  others.tick(now + limits.node_interest_timeout);
  CHECK(called == 1);
  CHECK(counts->value(metric::interest_timeouts) == 1);
  set_interest("newer");
  CHECK(others.when_interest_known(bucket("newer"), [] { FAIL("called"); }, now));
  flush("a");
  confirm("a");
  set_interest("newest");
  CHECK_FALSE(others.when_interest_known(bucket("newest"), [] {}, now));
}
