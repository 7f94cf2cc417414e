#pragma once

#include <bennu/pubsub/tracker/tracker.hpp>

#include <chrono>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/runtime/caf.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/forwarding_actor_proxy.hpp>
#include <caf/make_actor.hpp>
#include <caf/node_id.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "presence_world.hpp"

/// The fixture of the tests of a tracker on one node.
namespace tracker_world {

using namespace presence_world;
using bennu::actor_ref;
using bennu::json;
using bennu::presence_error;
using bennu::presence_ptr;
using bennu::tracker;

/// A process that does nothing but be there.
class process final : public caf::event_based_actor {
public:
  explicit process(caf::actor_config& config) : event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

/// Records a tracker's reports, a line for each: `+ana`, `-ana`, `ana|bob` for a list.
class recorder final : public tracker::listener {
public:
  void on_changes(tracker::report news) override {
    for (const auto& change : news.changes) {
      std::string line;
      for (const auto& one : change.joins) line += '+' + one->key;
      for (const auto& one : change.leaves) line += '-' + one->key;
      lines.push_back(line);
    }
    for (const auto& [where, entries] : news.present) present[where.second] = entries.size();
    if (const auto now = std::exchange(then, nullptr)) now();
  }
  void on_list(const tracker::listing& list, const std::vector<actor_ref>& readers) override {
    std::string line = std::to_string(readers.size()) + ":";
    for (const auto& one : list.presences) line += one->key;
    if (list.keys != list.presences.size()) line += " of " + std::to_string(list.keys);
    lines.push_back(line);
  }

  names lines;
  std::map<std::string, std::size_t> present;  ///< the number of presences, by key
  std::function<void()> then;                  ///< called once, within a report of changes
};

inline std::unique_ptr<bennu::adapter> no_other_nodes() {
  return std::make_unique<bennu::local_adapter>(bennu::node_id{"alone", 1});
}

/// A tracker, with a scheduler of CAF that the test controls.
struct tracker_case {
  tracker_case() : tracker_case(bennu::tracker_options{}) {}
  explicit tracker_case(bennu::tracker_options wanted) : table(alone, system, std::move(wanted), heard) {}
  ~tracker_case() {
    for (const auto& who : spawned) caf::anon_send_exit(bennu::to_caf(who), caf::exit_reason::user_shutdown);
    settle();
    // A report that is due later is an actor that waits, and the system ends when all have.
    scheduler().trigger_timeouts();
    settle();
  }

  static caf::actor_system_config& prepare(caf::actor_system_config& c) {
    c.set("scheduler.policy", caf::atom("testing"));
    return c;
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  void settle() { scheduler().run(); }

  actor_ref spawn() {
    spawned.push_back(bennu::to_actor_ref(system.spawn<process>()));
    settle();
    return spawned.back();
  }
  /// A proxy, as CAF creates it for an actor of another node. @param node identifies the node
  actor_ref spawn_elsewhere(caf::actor_id id, char node) {
    const auto other = caf::make_node_id(1, std::string(40, node));
    const auto link = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {[](int) {}};
    });
    spawned.push_back(bennu::to_actor_ref(link));
    caf::actor_config how;
    remote.push_back(caf::make_actor<caf::forwarding_actor_proxy, caf::actor>(id, *other, &system, how, link));
    settle();
    return bennu::to_actor_ref(remote.back());
  }
  /// The connection to its node, for instance.
  void lose(const actor_ref& who) {
    for (const auto& one : remote) {
      if (bennu::to_actor_ref(one) != who) continue;
      caf::actor_cast<caf::actor_proxy*>(one)->kill_proxy(nullptr, caf::exit_reason::remote_link_unreachable);
    }
    settle();
  }
  void end(const actor_ref& who, caf::exit_reason why = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(bennu::to_caf(who), why);
    settle();
  }

  presence_ptr track(const actor_ref& who, std::string_view key, std::string_view topic = "room") {
    return std::get<presence_ptr>(table.track(who, topic, key, json::object{}));
  }

  names keys(std::string_view topic = "room") const {
    names all;
    for (const auto& presence : table.list(topic)) all.push_back(presence->key);
    return all;
  }

  names reports() {
    settle();
    return std::exchange(heard->lines, {});
  }

  caf::actor_system_config config;
  caf::actor_system system{prepare(config)};
  bennu::cluster alone{no_other_nodes(), bennu::logger{bennu::log_level::error}};
  std::shared_ptr<recorder> heard = std::make_shared<recorder>();
  tracker table;
  std::vector<actor_ref> spawned;
  std::vector<caf::actor> remote;
};

inline bool is(const tracker::result& result, presence_error why) {
  const auto* error = std::get_if<presence_error>(&result);
  return error != nullptr && *error == why;
}

inline std::string ref_of(const presence_ptr& presence) { return presence->meta.as_string("phx_ref"); }

}  // namespace tracker_world
