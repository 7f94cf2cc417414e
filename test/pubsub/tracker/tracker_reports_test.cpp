#include <bennu/pubsub/tracker/tracker.hpp>

#include <doctest/doctest.h>

#include "tracker_case.hpp"

using bennu::json;
using bennu::presence_ptr;
using bennu::tracker;
using namespace presence_world;
using namespace std::chrono_literals;
using namespace tracker_world;

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
