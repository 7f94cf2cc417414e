#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "replication_world.hpp"

using namespace replication_world;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const auto* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bennu::replication_options options(bool forgets_soon, std::size_t max_part_bytes) {
  bennu::replication_options wanted;
  if (forgets_soon) wanted.permdown_period = 45s;
  if (max_part_bytes != 0) wanted.max_part_bytes = max_part_bytes;
  return wanted;
}

void live(world& all) {
  const auto& name = all.pick_name();
  const auto process = all.pick(3);
  const std::string topic = all.pick(2) == 0 ? "room" : "hall";
  const std::string key = all.pick(2) == 0 ? "ana" : "bob";
  if (all.chance(10)) return all.end(name, process);
  all.toggle(name, process, topic, key, all.chance(30));
}

void suffer(world& all) {
  const auto name = all.pick_name();
  const auto other = all.pick_name();
  switch (all.pick(8)) {
    case 0:
      return all.crash(name);
    case 1:
      return all.leave(name);
    case 2:
    case 3:
      return all.start(name, all.chance(10));
    case 4:
    case 5:
      return all.cut(name, other);
    default:
      return all.mend(name, other);
  }
}

/// One random life of a cluster, from its seed.
void run(std::uint64_t seed) {
  std::mt19937_64 random{seed * 7919};
  const auto pick = [&](auto... of) {
    const std::common_type_t<decltype(of)...> all[] = {of...};
    return all[random() % sizeof...(of)];
  };
  const weather how{.loss = pick(0u, 0u, 5u, 30u),
                    .doubling = pick(0u, 0u, 10u),
                    .max_delay = pick(20ms, 400ms, 4'000ms),
                    .connections_are_noticed = pick(true, false)};
  const auto nodes = pick(2u, 3u, 3u, 5u);
  const bool forgets_soon = pick(true, false);
  // One presence a message, a few, or all there are.
  const auto max_part_bytes = pick(0u, 1u, 300u);
  world all{seed, nodes, how, options(forgets_soon, max_part_bytes)};
  for (int step = 0; step < 150; ++step) {
    if (all.chance(80)) {
      live(all);
    } else {
      suffer(all);
    }
    all.advance(std::chrono::milliseconds{all.pick(3) == 0 ? all.pick(5'000) : all.pick(100)});
    if (all.chance(2)) all.advance(std::chrono::seconds{all.pick(60)});
  }
  all.heal();
  all.advance(45s);
  if (max_part_bytes != 0) all.advance(12 * 2 * how.max_delay);  // the number of presences that a node may have
  all.check_agreement();
  const auto asked = all.requests();
  all.advance(60s);
  all.check_agreement();
  require(all.requests() == asked, "nodes that agree ask each other for more");
}

}  // namespace

TEST_CASE(
    "a thousand clusters with loss, doubling, delay, partitions, crashes and restarts agree when they have healed") {
  const auto one = number_from("BENNU_SEED", 0);
  const auto first = one != 0 ? one : 1;
  const auto last = one != 0 ? one : number_from("BENNU_SEEDS", 1'000);
  for (auto seed = first; seed <= last; ++seed) {
    try {
      run(seed);
    } catch (const std::exception& wrong) {
      FAIL("BENNU_SEED=" << seed << ": " << std::string{wrong.what()});
    }
  }
}
