#include <bennu/pubsub/early_exits.hpp>

#include <doctest/doctest.h>

#include <memory>

namespace {

struct counter final : bennu::early_exits::listener {
  void on_early_exit(const bennu::actor_ref&) override { ++calls; }
  int calls = 0;
};

}  // namespace

TEST_CASE("an early exit is announced to all living listeners") {
  bennu::early_exits exits;
  exits.announce({});
  const auto ana = std::make_shared<counter>();
  auto bob = std::make_shared<counter>();
  exits.add(ana);
  exits.add(bob);
  exits.announce({});
  CHECK(ana->calls == 1);
  CHECK(bob->calls == 1);
  bob.reset();
  exits.announce({});
  CHECK(ana->calls == 2);
}
