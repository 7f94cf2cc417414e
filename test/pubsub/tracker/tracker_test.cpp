#include <bennu/pubsub/tracker/tracker.hpp>

#include <stdexcept>

#include <bennu/runtime/caf.hpp>

#include <doctest/doctest.h>

#include "tracker_case.hpp"

using bennu::actor_ref;
using bennu::json;
using bennu::presence_error;
using bennu::presence_ptr;
using bennu::tracker;
using namespace presence_world;
using namespace std::chrono_literals;
using namespace tracker_world;

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
