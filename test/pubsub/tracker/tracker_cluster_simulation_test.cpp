#include <bennu/pubsub/tracker/tracker.hpp>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include <doctest/doctest.h>

#include "tracker_nodes_case.hpp"

using namespace std::chrono_literals;
using bennu::json;
using presence_world::names;
using namespace tracker_nodes_world;

namespace {

/// A random history of three nodes: the next task, the next message and the faults are chosen at random.
class random_life : nodes_case {
public:
  explicit random_life(std::uint64_t seed) : random_(seed) {
    options.shards = 2;
    if (seed % 3 == 0) options.replication.max_part_bytes = 1;
  }

  void run() {
    for (const auto* name : {"a", "b", "c"}) start(name);
    for (int i = 0; i < 60; ++i) {
      for (auto steps = pick(20); steps > 0; --steps) step();
      if (pick(4) != 0) {
        live();
      } else {
        suffer();
      }
      if (pick(3) == 0) scheduler.advance_time(std::chrono::milliseconds{pick(2'000)});
    }
    for (const auto* name : {"a", "b", "c"}) {
      if (!running.contains(name)) start(name);
    }
    for (const auto& [a, n] : running) {
      for (const auto& [b, m] : running) link(a, b);
    }
    advance(20s);
    std::set<std::string> all;
    for (const auto& [name, n] : running) {
      require(n->heard->exact, name + " was told what cannot be");
      require(n->heard->present == n->refs(), name + " has something else than it reported");
      require(n->refs() == running.at("a")->refs(), name + " sees others than a");
      require(n->refs().size() == tracked(), name + " does not see all who are there, or sees others");
      require(n->log.empty(), name + " logged something");
    }
  }

private:
  static void require(bool holds, const std::string& claim) {
    if (!holds) throw std::runtime_error(claim);
  }
  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  node& pick_node() { return *std::next(running.begin(), static_cast<std::ptrdiff_t>(pick(running.size())))->second; }

  void step() {
    const auto jobs = scheduler.jobs.size();
    if (jobs != 0 && pick(2) == 0) {
      const auto chosen = scheduler.jobs.begin() + static_cast<std::ptrdiff_t>(pick(jobs));
      std::rotate(scheduler.jobs.begin(), chosen, chosen + 1);
      scheduler.run_once();
    } else {
      net.step(pick(100), pick(20) == 0);
    }
  }

  void live() {
    if (running.empty()) return;
    auto& n = pick_node();
    const auto topic = std::vector{"room", "hall", "yard"}[pick(3)];
    if (n.processes.empty() || pick(3) == 0) return n.track(n.spawn(), "ana", topic);
    const auto which = pick(n.processes.size());
    const auto who = n.processes[which];
    switch (pick(4)) {
      case 0:
        return n.end(which);
      case 1:
        return n.table->untrack(who, topic, "ana");
      case 2:
        n.table->update(who, topic, "ana", [](json meta) { return meta; });
        return;
      default:
        return n.track(who, "ana", topic);
    }
  }

  void suffer() {
    const std::string name{"abc"[pick(3)]};
    const std::string other{"abc"[pick(3)]};
    const bool runs = running.contains(name);
    switch (pick(5)) {
      case 0:
        if (runs) crash(name);
        break;
      case 1:
        if (!runs) start(name);
        break;
      case 2:
        if (runs && running.contains(other)) link(name, other);
        break;
      case 3:
        if (runs) running.at(name)->cluster.leave();
        if (runs) crash(name);
        break;
      default:
        cut(name, other);
    }
  }

  /// The number of presences that the running nodes track themselves.
  std::size_t tracked() {
    std::size_t all = 0;
    for (const auto& [name, n] : running) {
      for (const auto* topic : {"room", "hall", "yard"}) {
        for (const auto& who : n->processes) {
          const auto list = n->table->list(topic);
          all += static_cast<std::size_t>(
              std::count_if(list.begin(), list.end(), [&](const auto& p) { return p->process == who.get()->aid; }));
        }
      }
    }
    return all;
  }

  std::mt19937_64 random_;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const auto* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("trackers agree in the end, after any order of steps, losses, cuts, crashes and leaves") {
  const auto one = number_from("BENNU_SEED", 0);
  const auto last = one != 0 ? one : number_from("BENNU_SEEDS", 1'000);
  for (auto seed = one != 0 ? one : 1; seed <= last; ++seed) {
    try {
      random_life{seed}.run();
    } catch (const std::exception& wrong) {
      FAIL("BENNU_SEED=" << seed << ": " << std::string{wrong.what()});
    }
  }
}
