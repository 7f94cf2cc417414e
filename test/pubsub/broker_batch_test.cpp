// Batches that a broker delivers twice, late or not at all.
#include <bennu/pubsub/internal/broker_format.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "broker_world.hpp"

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

struct two_nodes {
  two_nodes() {
    b.set_interest("t");
    net.settle();
    a.take();
    b.take();
  }
  broker_world net;
  broker_world::node& a = net.start("a");
  broker_world::node& b = net.start("b");
};

}  // namespace

TEST_CASE_FIXTURE(two_nodes, "a batch that arrives twice is read once, and the link begins again") {
  a.broadcast("t", "first");
  a.flush();
  const auto batch = net.last_to("b");
  net.settle();
  CHECK(b.take() == lines{"a says first"});
  net.say("b", batch);
  net.settle();
  CHECK(b.take() == lines{"down a 1"});
  net.pass(1s);
  CHECK(b.take() == lines{"up a 1"});
  a.broadcast("t", "second");
  net.settle();
  CHECK(b.take() == lines{"a says second"});
}
