#include <bennu/pubsub/tracker/tracker.hpp>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/runtime/caf.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "../memory_network.hpp"
#include "presence_world.hpp"

using namespace std::chrono_literals;
using bennu::actor_ref;
using bennu::json;
using bennu::tracker;
using presence_world::names;

namespace {

class process final : public caf::event_based_actor {
public:
  explicit process(caf::actor_config& config) : event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

/// Applies the reported changes, and detects impossible ones.
class believer final : public tracker::listener {
public:
  void on_changes(tracker::report what) override {
    for (const auto& change : what.changes) {
      ++reports;
      for (const auto& one : change.joins) exact &= present.insert(ref_of(*one)).second;
      for (const auto& one : change.leaves) exact &= present.erase(ref_of(*one)) == 1;
    }
  }
  void on_list(const tracker::listing&, const std::vector<actor_ref>&) override {}

  static std::string ref_of(const bennu::presence_entry& what) { return what.meta.as_string("phx_ref"); }

  std::set<std::string> present;
  std::size_t reports = 0;
  bool exact = true;
};

/// A node of production's classes, over a network that the test controls.
struct node {
  node(memory_network& net, caf::actor_system& on, const std::string& name, std::uint64_t incarnation,
       bennu::tracker_options wanted)
      : actors(on), cluster(net.join(name, incarnation), quiet()) {
    wanted.log = quiet(&log);
    table.emplace(cluster, actors, std::move(wanted), heard);
    cluster.start();
  }
  ~node() {
    for (const auto& who : processes) caf::anon_send_exit(bennu::to_caf(who), caf::exit_reason::kill);
  }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  static bennu::logger quiet(names* to = nullptr) {
    return bennu::logger{bennu::log_level::warning, [to](bennu::log_level, std::string_view line) {
                           if (to != nullptr) to->emplace_back(line);
                         }};
  }

  actor_ref spawn() { return processes.emplace_back(bennu::to_actor_ref(actors.spawn<process>())); }
  void end(std::size_t which) {
    caf::anon_send_exit(bennu::to_caf(processes[which]), caf::exit_reason::kill);
    processes.erase(processes.begin() + static_cast<std::ptrdiff_t>(which));
  }
  void track(const actor_ref& who, std::string_view key, std::string_view topic = "room") {
    table->track(who, topic, key, json::object{});
  }
  names keys(std::string_view topic = "room") const {
    names all;
    for (const auto& what : table->list(topic)) all.push_back(what->key);
    return all;
  }
  std::set<std::string> refs() const {
    std::set<std::string> all;
    for (const auto* topic : {"room", "hall", "yard"}) {
      for (const auto& what : table->list(topic)) all.insert(believer::ref_of(*what));
    }
    return all;
  }

  names log;
  caf::actor_system& actors;
  bennu::cluster cluster;
  std::shared_ptr<believer> heard = std::make_shared<believer>();
  std::optional<tracker> table;
  std::vector<actor_ref> processes;
};

/// Nodes in one thread, with a scheduler and a clock of CAF that the test controls.
struct nodes_case {
  nodes_case() : scheduler(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {}
  ~nodes_case() {
    while (!running.empty()) crash(std::string{running.begin()->first});
    settle();
    scheduler.clock().cancel_all();
  }

  static caf::actor_system_config& prepare(caf::actor_system_config& c) {
    c.set("scheduler.policy", caf::atom("testing"));
    return c;
  }

  node& start(const std::string& name) {
    auto& place = running[name];
    place = std::make_unique<node>(net, system, name, ++runs, options);
    for (const auto& [other, n] : running) {
      if (other != name) link(name, other);
    }
    return *place;
  }
  /// Without a word.
  void crash(const std::string& name) {
    for (const auto& [other, n] : running) cut(name, other);
    running.erase(name);
  }
  void leave(const std::string& name) {
    running.at(name)->cluster.leave();
    settle();
    crash(name);
  }
  void link(const std::string& a, const std::string& b) {
    if (a != b && linked.insert(std::minmax(a, b)).second) net.link(a, b);
  }
  void cut(const std::string& a, const std::string& b) {
    if (a != b && linked.erase(std::minmax(a, b)) != 0) net.cut(a, b);
  }

  void run_actors() {
    while (scheduler.has_job()) scheduler.run_once();
  }
  void settle() {
    do {
      run_actors();
      net.settle();
    } while (scheduler.has_job());
  }
  void advance(std::chrono::milliseconds by) {
    for (; by > 0ms; by -= 50ms) {
      scheduler.advance_time(50ms);
      settle();
    }
  }

  bennu::tracker_options options;
  memory_network net;
  caf::actor_system_config config;
  caf::actor_system system{prepare(config)};
  caf::scheduler::test_coordinator& scheduler;
  std::map<std::string, std::unique_ptr<node>> running;
  std::set<std::pair<std::string, std::string>> linked;
  std::uint64_t runs = 0;
};

}  // namespace

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

// -- whatever happens -------------------------------------------------------------------------------------------------

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
  static void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
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
