#include <bennu/pubsub/departures.hpp>

#include <doctest/doctest.h>

#include <memory>

namespace {

struct counter final : bennu::departures::listener {
  void on_departure(const bennu::actor_ref&) override { ++heard; }
  int heard = 0;
};

}  // namespace

TEST_CASE("a departure is told to all who listen, and to none who is gone") {
  bennu::departures told;
  told.announce({});
  const auto ana = std::make_shared<counter>();
  auto bob = std::make_shared<counter>();
  told.add(ana);
  told.add(bob);
  told.announce({});
  CHECK(ana->heard == 1);
  CHECK(bob->heard == 1);
  bob.reset();
  told.announce({});
  CHECK(ana->heard == 2);
}
