#pragma once

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

/// The fixture of the tests of trackers on several nodes.
namespace tracker_nodes_world {

using namespace std::chrono_literals;
using bennu::actor_ref;
using bennu::json;
using bennu::tracker;
using presence_world::names;

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
  void on_changes(tracker::report news) override {
    for (const auto& change : news.changes) {
      ++reports;
      for (const auto& one : change.joins) exact &= present.insert(ref_of(*one)).second;
      for (const auto& one : change.leaves) exact &= present.erase(ref_of(*one)) == 1;
    }
  }
  void on_list(const tracker::listing&, const std::vector<actor_ref>&) override {}

  static std::string ref_of(const bennu::presence_entry& presence) { return presence.meta.as_string("phx_ref"); }

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
    for (const auto& presence : table->list(topic)) all.push_back(presence->key);
    return all;
  }
  std::set<std::string> refs() const {
    std::set<std::string> all;
    for (const auto* topic : {"room", "hall", "yard"}) {
      for (const auto& presence : table->list(topic)) all.insert(believer::ref_of(*presence));
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

}  // namespace tracker_nodes_world
