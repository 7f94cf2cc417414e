#include <bennu/pubsub/internal/peers.hpp>

#include <doctest/doctest.h>

#include "peers_case.hpp"

using namespace bennu;
using namespace std::chrono_literals;
using namespace peers_world;

TEST_CASE_FIXTURE(peers_case, "no more nodes than the limit are known") {
  CHECK(others.know("a", "a:1"));
  CHECK(others.know("b", ""));
  CHECK(others.know("c", ""));
  CHECK(others.know("a", "a:2"));
  CHECK_FALSE(others.know("d", ""));
  CHECK(counts->value(metric::nodes_refused) == 1);
  CHECK(info("a").address == "a:2");
  others.forget("a");
  CHECK(others.know("d", ""));
}

TEST_CASE_FIXTURE(peers_case, "nodes are told of each other") {
  auto& a = join("a");
  others.announce_node("a", {"b", {"b", 1}});
  others.announce_node("nobody", {"b", {"b", 1}});
  CHECK(woken.contains("a"));
  flush("a");
  CHECK(a.take() == lines{"node b"});
}
