#include <bennu/pubsub/tracker/tracker.hpp>

#include <latch>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tracker_case.hpp"

using bennu::actor_ref;
using bennu::json;
using bennu::presence_ptr;
using bennu::tracker;
using namespace presence_world;
using namespace std::chrono_literals;
using namespace tracker_world;

TEST_CASE("many threads change the same topics: each comes before it goes, and in the end all are gone") {
  /// Applies the reports of each topic, which must be possible in the order in which they arrive.
  struct believer final : tracker::listener {
    void on_changes(tracker::report news) override {
      const std::lock_guard lock{mutex};
      for (const auto& change : news.changes) {
        for (const auto& one : change.joins) good = present.insert(one).second && good;
        for (const auto& one : change.leaves) good = present.erase(one) == 1 && good;
        joins += change.joins.size();
      }
    }
    void on_list(const tracker::listing& list, const std::vector<actor_ref>&) override {
      const std::lock_guard lock{mutex};
      std::set<presence_ptr> believed;
      for (const auto& one : present) {
        if (one->topic == list.topic) believed.insert(one);
      }
      good = good && believed == std::set<presence_ptr>{list.presences.begin(), list.presences.end()};
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
