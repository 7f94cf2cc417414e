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

using bennu::actor_ref;
using bennu::json;
using bennu::presence_error;
using bennu::presence_ptr;
using bennu::tracker;
using namespace presence_world;
using namespace std::chrono_literals;

namespace {

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
  void on_changes(tracker::report what) override {
    for (const auto& change : what.changes) {
      std::string line;
      for (const auto& one : change.joins) line += '+' + one->key;
      for (const auto& one : change.leaves) line += '-' + one->key;
      lines.push_back(line);
    }
    for (const auto& [where, entries] : what.present) present[where.second] = entries.size();
    if (const auto now = std::exchange(then, nullptr)) now();
  }
  void on_list(const tracker::listing& what, const std::vector<actor_ref>& readers) override {
    std::string line = std::to_string(readers.size()) + ":";
    for (const auto& one : what.presences) line += one->key;
    if (what.keys != what.presences.size()) line += " of " + std::to_string(what.keys);
    lines.push_back(line);
  }

  names lines;
  std::map<std::string, std::size_t> present;  ///< how often, by key
  std::function<void()> then;                  ///< called once, within a report of changes
};

std::unique_ptr<bennu::adapter> no_other_nodes() {
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
    for (const auto& what : table.list(topic)) all.push_back(what->key);
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

bool is(const tracker::result& result, presence_error why) {
  const auto* error = std::get_if<presence_error>(&result);
  return error != nullptr && *error == why;
}

std::string ref_of(const presence_ptr& what) { return what->meta.as_string("phx_ref"); }

}  // namespace

TEST_CASE_FIXTURE(tracker_case, "a tracked presence is listed at once, and reported in order") {
  track(spawn(), "ana");
  CHECK(keys() == names{"ana"});
  CHECK(heard->lines.empty());
  CHECK(reports() == names{"+ana"});
}

TEST_CASE_FIXTURE(tracker_case, "a meta gets a reference of its own") {
  const auto first = track(spawn(), "ana");
  const auto second = track(spawn(), "ana");
  CHECK_FALSE(ref_of(first).empty());
  CHECK(ref_of(first) != ref_of(second));
  CHECK(first->meta.find("phx_ref_prev") == nullptr);
}

TEST_CASE_FIXTURE(tracker_case,
                  "a process is tracked once in a topic under a key, and as often as it likes elsewhere") {
  const auto who = spawn();
  track(who, "ana");
  CHECK(is(table.track(who, "room", "ana", json::object{}), presence_error::already_tracked));
  track(who, "bob");
  track(who, "ana", "hall");
  track(spawn(), "ana");
  CHECK(table.get_by_key("room", "ana").size() == 2);
  CHECK(table.count("room") == 2);
  CHECK(keys("hall") == names{"ana"});
}

TEST_CASE_FIXTURE(tracker_case, "an untracked presence is gone, and may come again") {
  const auto who = spawn();
  track(who, "ana");
  table.untrack(who, "room", "ana");
  table.untrack(who, "room", "ana");
  CHECK(keys().empty());
  track(who, "ana");
  CHECK(reports() == names{"+ana", "-ana", "+ana"});
}

TEST_CASE_FIXTURE(tracker_case, "a process can leave all topics at once") {
  const auto who = spawn();
  track(who, "ana");
  track(who, "ana", "hall");
  track(spawn(), "bob");
  table.untrack(who);
  CHECK(keys() == names{"bob"});
  CHECK(keys("hall").empty());
}

TEST_CASE_FIXTURE(tracker_case, "an update takes the meta's place and names the reference before it") {
  const auto who = spawn();
  const auto old = std::get<presence_ptr>(table.track(who, "room", "ana", {{"n", 1}, {"kept", true}}));
  const auto made = std::get<presence_ptr>(table.update(who, "room", "ana", [](json meta) {
    meta.set("n", 2);
    return meta;
  }));
  CHECK(made->meta["n"] == json{2});
  CHECK(made->meta["kept"] == json{true});
  CHECK(made->meta["phx_ref_prev"] == old->meta["phx_ref"]);
  CHECK(ref_of(made) != ref_of(old));
  CHECK(table.get_by_key("room", "ana") == tracker::found{made});
  CHECK(reports() == names{"+ana", "+ana-ana"});
}

TEST_CASE_FIXTURE(tracker_case, "an update that is overtaken by another is made again") {
  const auto who = spawn();
  table.track(who, "room", "ana", {{"n", 0}});
  const auto add = [&](std::int64_t n, const std::function<void()>& meanwhile) {
    return [n, meanwhile](json meta) {
      meta.set("n", meta.as_int("n") + n);
      meanwhile();
      return meta;
    };
  };
  bool first = true;
  table.update(who, "room", "ana", add(1, [&] {
                 if (std::exchange(first, false)) table.update(who, "room", "ana", add(10, [] {}));
               }));
  CHECK(table.get_by_key("room", "ana").at(0)->meta["n"] == json{11});
}

TEST_CASE_FIXTURE(tracker_case, "only a tracked actor can be updated") {
  const auto same = [](json meta) { return meta; };
  CHECK(is(table.update(spawn(), "room", "ana", same), presence_error::not_tracked));
  CHECK(is(table.update(actor_ref{}, "room", "ana", same), presence_error::not_tracked));
}

TEST_CASE_FIXTURE(tracker_case, "a process that ends is gone at once from everywhere, however it ends") {
  for (const auto why : {caf::exit_reason::normal, caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    const auto who = spawn();
    track(who, "ana");
    track(who, "bob");
    track(who, "ana", "hall");
    if (why == caf::exit_reason::normal) {
      caf::actor_cast<caf::monitorable_actor*>(bennu::to_caf(who))->cleanup(caf::none, nullptr);
    } else {
      end(who, why);
    }
    CHECK(keys().empty());
    CHECK(keys("hall").empty());
  }
}

TEST_CASE_FIXTURE(tracker_case, "a process that has ended already comes and goes") {
  const auto who = spawn();
  end(who);
  track(who, "ana");
  CHECK(keys().empty());
  CHECK(reports() == names{"+ana", "-ana"});
}

TEST_CASE_FIXTURE(tracker_case, "an actor of another node is another one than this node's with the same id") {
  const auto here = spawn();
  const auto there = spawn_elsewhere(here.get()->aid, 'a');
  const auto yonder = spawn_elsewhere(here.get()->aid, 'b');
  for (const auto& who : {here, there, yonder}) track(who, "ana");
  CHECK(keys() == names{"ana", "ana", "ana"});
  table.untrack(there, "room", "ana");
  CHECK(is(table.update(there, "room", "ana", [](json meta) { return meta; }), presence_error::not_tracked));
  CHECK(table.update(here, "room", "ana", [](json meta) { return meta; }).index() == 0);
  track(there, "bob");
  end(here);
  CHECK(keys() == names{"ana", "bob"});
  table.untrack(yonder);
  CHECK(keys() == names{"bob"});
  lose(there);
  CHECK(keys().empty());
}

TEST_CASE_FIXTURE(tracker_case, "an invalid presence is refused") {
  CHECK_THROWS_AS(table.track(actor_ref{}, "room", "ana", json::object{}), std::invalid_argument);
  CHECK_THROWS_AS(table.track(spawn(), "room", "ana", json{"text"}), std::invalid_argument);
  const auto who = spawn();
  track(who, "ana");
  CHECK_THROWS_AS(table.update(who, "room", "ana", [](const json&) { return json{1}; }), std::invalid_argument);
  CHECK(keys() == names{"ana"});
}

TEST_CASE("limits bound the presences of an actor, and the bytes of its metas") {
  bennu::tracker_options wanted;
  wanted.shards = 1;
  wanted.max_presences_per_process = 2;
  wanted.max_meta_bytes = 12;
  tracker_case small{wanted};
  const auto who = small.spawn();
  CHECK(is(small.table.track(who, "room", "ana", {{"n", "xyz"}}), presence_error::too_large));
  CHECK(is(small.table.track(who, "room", std::string(11, 'k'), json::object{}), presence_error::too_large));
  CHECK(small.table.track(who, "room", "ana", {{"n", "x"}}).index() == 0);
  CHECK(is(small.table.update(who, "room", "ana", [](const json&) { return json{{"n", "xyz"}}; }),
           presence_error::too_large));
  small.track(who, "bob");
  CHECK(is(small.table.track(who, "room", "eve", json::object{}), presence_error::too_many));
  small.track(small.spawn(), "eve");
  small.table.untrack(who, "room", "bob");
  small.track(who, "bob");
  small.table.untrack(who);
  small.track(who, "ana");
  small.track(who, "bob");
  CHECK(is(small.table.track(who, "room", "eve", json::object{}), presence_error::too_many));
}

TEST_CASE_FIXTURE(tracker_case, "a list is sorted by key, and ends after as many keys as are wanted") {
  for (const auto* key : {"eve", "ana", "bob", "ana"}) track(spawn(), key);
  CHECK(keys() == names{"ana", "ana", "bob", "eve"});
  CHECK(table.list("room", 2).size() == 3);
  CHECK(table.list("room", 0).empty());
  CHECK(table.get_by_key("room", "zoe").empty());
  CHECK(table.count("hall") == 0);
}

TEST_CASE_FIXTURE(tracker_case,
                  "a list in order is reported after the changes that it contains, and before all others") {
  track(spawn(), "a");
  table.list_in_order("room", spawned.front());
  table.list_in_order("room", spawned.front());
  const auto b = spawn();  // settles
  track(b, "b");
  table.untrack(b, "room", "b");
  table.list_in_order("room", b);
  track(b, "c");
  CHECK(reports() == names{"+a", "2:a", "+b", "-b", "+c", "1:ac"});
  table.list_in_order("hall", b);
  CHECK(reports() == names{"1:"});
}

TEST_CASE("with a window, its changes are reported together, and queries see them at once") {
  bennu::tracker_options wanted;
  wanted.report_window = 100ms;
  tracker_case test{wanted};
  const auto who = test.spawn();
  test.track(who, "ana");
  test.settle();
  test.track(who, "bob");
  CHECK(test.keys() == names{"ana", "bob"});
  test.scheduler().advance_time(99ms);
  CHECK(test.reports().empty());
  test.scheduler().advance_time(1ms);
  CHECK(test.reports() == names{"+ana", "+bob"});
}

TEST_CASE("with a window, changes during a report wait for another window") {
  bennu::tracker_options wanted;
  wanted.report_window = 100ms;
  tracker_case test{wanted};
  const auto who = test.spawn();
  test.heard->then = [&] { test.track(who, "bob"); };
  test.track(who, "ana");
  test.settle();
  test.scheduler().advance_time(100ms);
  CHECK(test.reports() == names{"+ana"});
  test.scheduler().advance_time(99ms);
  CHECK(test.reports().empty());
  test.scheduler().advance_time(1ms);
  CHECK(test.reports() == names{"+bob"});
}

TEST_CASE("if more changes gather than allowed, their net effect is reported") {
  bennu::tracker_options wanted;
  wanted.max_gathered_changes = 4;
  tracker_case test{wanted};
  const auto who = test.spawn();
  test.track(who, "ana");
  test.reports();
  const auto update = [&] { test.table.update(who, "room", "ana", [](json meta) { return meta; }); };
  test.track(who, "bob");
  test.table.untrack(who, "room", "bob");
  update();
  update();
  test.table.list_in_order("room", who);
  CHECK(test.reports() == names{"+ana-ana", "1:ana"});
  update();
  update();
  CHECK(test.reports() == names{"+ana-ana", "+ana-ana"});
}

TEST_CASE("changes that come to nothing are not reported") {
  bennu::tracker_options wanted;
  wanted.max_gathered_changes = 1;
  tracker_case test{wanted};
  const auto who = test.spawn();
  test.track(who, "ana");
  test.table.untrack(who, "room", "ana");
  CHECK(test.reports().empty());
  test.track(who, "ana");
  CHECK(test.reports() == names{"+ana"});
}

TEST_CASE("a report has the presences after it, if the option asks for them") {
  bennu::tracker_options wanted;
  wanted.report_present = true;
  tracker_case test{wanted};
  const auto a = test.spawn();
  const auto b = test.spawn();
  test.track(a, "ana");
  test.track(b, "ana");
  test.track(b, "bob");
  test.reports();
  CHECK(test.heard->present == std::map<std::string, std::size_t>{{"ana", 2}, {"bob", 1}});
  test.end(b);
  CHECK(test.heard->present == std::map<std::string, std::size_t>{{"ana", 1}, {"bob", 0}});
}

TEST_CASE("a list may have only the first keys, and has the number of all") {
  bennu::tracker_options wanted;
  wanted.max_listed = 2;
  tracker_case test{wanted};
  const auto who = test.spawn();
  for (const auto* key : {"c", "a", "b"}) test.track(who, key);
  test.reports();
  test.table.list_in_order("room", who);
  CHECK(test.reports() == names{"1:ab of 3"});
}

TEST_CASE("a listener that is gone gets no reports, and actors may outlive the tracker") {
  tracker_case test;
  const auto who = test.spawn();
  {
    auto gone = std::make_shared<recorder>();
    bennu::tracker_options wanted;
    wanted.name = "another";
    tracker table{test.alone, test.system, wanted, gone};
    table.track(who, "room", "ana", json::object{});
  }
  test.end(who);
  CHECK(test.heard->lines.empty());
}

TEST_CASE("many threads change the same topics: each comes before it goes, and in the end all are gone") {
  /// Applies the reports of each topic, which must be possible in the order in which they arrive.
  struct believer final : tracker::listener {
    void on_changes(tracker::report what) override {
      const std::lock_guard lock{mutex};
      for (const auto& change : what.changes) {
        for (const auto& one : change.joins) good = present.insert(one).second && good;
        for (const auto& one : change.leaves) good = present.erase(one) == 1 && good;
        joins += change.joins.size();
      }
    }
    void on_list(const tracker::listing& what, const std::vector<actor_ref>&) override {
      const std::lock_guard lock{mutex};
      std::set<presence_ptr> believed;
      for (const auto& one : present) {
        if (one->topic == what.topic) believed.insert(one);
      }
      good = good && believed == std::set<presence_ptr>{what.presences.begin(), what.presences.end()};
      ++lists;
    }

    std::mutex mutex;
    std::set<presence_ptr> present;
    std::size_t joins = 0;
    std::size_t lists = 0;
    bool good = true;
  };

  const auto heard = std::make_shared<believer>();
  constexpr int rounds = 300;
  bennu::tracker_options wanted;
  wanted.max_gathered_changes = 100'000;
  SUBCASE("however many changes gather") {}
  SUBCASE("where only what comes of them is told") { wanted.max_gathered_changes = 20; }
  SUBCASE("from threads of its own") { wanted.may_block = true; }
  const bool all_told = wanted.max_gathered_changes > 20;
  bennu::cluster alone{no_other_nodes(), bennu::logger{bennu::log_level::error}};
  {
    caf::actor_system_config config;
    config.set("scheduler.policy", caf::atom("sharing"));
    config.set("scheduler.max-threads", 2u);
    caf::actor_system system{config};
    tracker table{alone, system, wanted, heard};
    constexpr int workers = 4;
    std::latch ended{workers};
    const auto work = [&](int number) {
      const auto actor = system.spawn<process>();
      // CAF counts an actor as done before it runs its exit handlers, those attached first at last. So this one tells
      // that the tracker's have run.
      actor->attach_functor([&](const caf::error&) { ended.count_down(); });
      const auto who = bennu::to_actor_ref(actor);
      for (int i = 0; i < rounds; ++i) {
        const auto topic = "room" + std::to_string(i % 3);
        table.track(who, topic, "ana", json::object{});
        table.update(who, topic, "ana", [](json meta) { return meta; });
        if (i % 5 == number) table.list_in_order(topic, who);
        if (i % 2 == 0) table.untrack(who, topic, "ana");
      }
      caf::anon_send_exit(bennu::to_caf(who), caf::exit_reason::kill);
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < workers; ++i) threads.emplace_back(work, i);
    for (auto& thread : threads) thread.join();
    ended.wait();
    system.await_all_actors_done();  // those that report
    CHECK(table.list("room0").empty());
  }
  CHECK(heard->good);
  CHECK(heard->present.empty());
  CHECK(heard->joins > (all_told ? 4 * rounds : 0));
  CHECK(heard->lists > 0);
}
