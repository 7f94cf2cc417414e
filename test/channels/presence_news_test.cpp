// The news of presences, in each of their forms, and the hooks that change or receive them.
#include <bennu/channels/presence.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "presence_case.hpp"
#include "presence_view.hpp"

using namespace presence_tests;
using bennu::presence_diff;

TEST_CASE(
    "the additions of fetch are in diffs, states and lists, and it is called once for all presences that come "
    "together") {
  std::vector<std::string> asked;
  presence_options wanted;
  wanted.fetch = [&](std::string_view topic, json presences) {
    std::string keys{topic};
    for (auto& [key, value] : presences.as_object()) {
      keys += ' ' + key;
      value.set("name", "Dr " + key);
    }
    asked.push_back(keys);
    return presences;
  };
  presence_case test{wanted};
  const auto ana = test.join("ana");
  CHECK(asked == std::vector<std::string>{"room:1 ana", "room:1 ana"});
  CHECK(ana.assert_push("presence_state").as_json()["ana"]["name"] == json{"Dr ana"});
  CHECK(side_of(ana.assert_push("presence_diff"), "joins")["ana"]["name"] == json{"Dr ana"});

  asked.clear();
  const auto bob = test.spawn();
  test.here.track(bob, "room:1", "bob");
  test.here.track(test.spawn(), "room:1", "eve");
  test.settle();
  CHECK(asked == std::vector<std::string>{"room:1 bob eve"});

  asked.clear();
  test.end(bob);
  test.settle();
  CHECK(asked == std::vector<std::string>{"room:1 bob"});
  CHECK(side_of(ana.received().back().payload, "leaves")["bob"]["name"] == json{"Dr bob"});
  CHECK(test.here.list("room:1")["eve"]["name"] == json{"Dr eve"});
  CHECK(test.here.get_by_key("room:1", "eve")["name"] == json{"Dr eve"});
  asked.clear();
  CHECK(test.here.get_by_key("room:1", "bob").is_null());
  CHECK(asked.empty());
}

TEST_CASE("if fetch throws, presences are sent without its data, and the exception is logged") {
  std::vector<std::string> logged;
  presence_options wanted;
  wanted.fetch = [](std::string_view, const json&) -> json { throw std::runtime_error("no database"); };
  wanted.log = bennu::logger{bennu::log_level::error,
                             [&](bennu::log_level, std::string_view line) { logged.emplace_back(line); }};
  presence_case test{wanted};
  const auto ana = test.join("ana");
  ana.assert_push("presence_diff");
  CHECK(presence_view::refs_of(ana.assert_push("presence_state").as_json()).size() == 1);
  REQUIRE_FALSE(logged.empty());
  CHECK(logged.front() == "presence of room:1: fetch failed: no database");
}

TEST_CASE("handle_metas gets each diff in order, and its failures have no other effect") {
  std::vector<std::string> heard;
  std::vector<std::string> logged;
  presence_options wanted;
  wanted.log = bennu::logger{bennu::log_level::error,
                             [&](bennu::log_level, std::string_view line) { logged.emplace_back(line); }};
  wanted.handle_metas = [&](const presence_diff& diff) {
    heard.push_back(diff.topic + ' ' + std::to_string(diff.joins.size()) + ' ' + std::to_string(diff.leaves.size()));
    throw 42;
  };
  presence_case test{wanted};
  const auto who = test.spawn();
  test.here.track(who, "fleet", "lorry");
  test.here.update(who, "fleet", "lorry", json::object{});
  test.end(who);
  test.settle();
  CHECK(heard == std::vector<std::string>{"fleet 1 0", "fleet 1 1", "fleet 0 1"});
  CHECK(logged.size() == 3);
}

TEST_CASE("handle_metas gets the presences after each diff: a missing key has left completely") {
  std::vector<std::string> heard;
  presence_options wanted;
  wanted.handle_metas = [&](const presence_diff& diff) {
    std::string line = std::to_string(diff.joins.size()) + " came, " + std::to_string(diff.leaves.size()) + " went:";
    for (const auto& [key, value] : diff.presences.as_object())
      line += ' ' + key + '=' + std::to_string(value["metas"].size());
    heard.push_back(line);
  };
  presence_case test{wanted};
  const auto a = test.spawn();
  const auto b = test.spawn();
  // All changes are in one report, so the presences after the first diffs differ from those at the time of the report.
  test.here.track(a, "fleet", "lorry");
  test.here.track(b, "fleet", "lorry");
  test.here.update(b, "fleet", "lorry", {{"cargo", "coal"}});
  test.here.untrack(a, "fleet", "lorry");
  test.here.untrack(b, "fleet", "lorry");
  test.settle();
  CHECK(heard == std::vector<std::string>{"1 came, 0 went: lorry=1", "1 came, 0 went: lorry=2",
                                          "1 came, 1 went: lorry=2", "0 came, 1 went: lorry=1", "0 came, 1 went:"});
}

// -- forms of news ---------------------------------------------------------------------------------------------------

TEST_CASE("with summaries, clients get the number and the first presences, whenever they may have changed") {
  presence_options wanted;
  wanted.news = bennu::presence_news::summaries;
  wanted.summary_keys = 2;
  presence_case test{wanted};
  test.watch("room:1");
  const auto who = test.spawn();
  for (const auto* key : {"eve", "bob", "ana"}) test.here.track(who, "room:1", key);
  test.settle();
  const json first{{"ana", test.here.get_by_key("room:1", "ana")}, {"bob", test.here.get_by_key("room:1", "bob")}};
  CHECK(test.here.summary("room:1") == json{{"count", 3}, {"presences", first}});
  test.assert_broadcast("room:1", "presence_summary", test.here.summary("room:1"));
  test.refute_broadcast("room:1", "presence_diff");
  test.here.untrack(who, "room:1", "eve");
  test.settle();
  CHECK(test.broadcasts("room:1").back().payload == payload{json{{"count", 2}, {"presences", first}}});
}

TEST_CASE("with a window, its joins and leaves are in one diff") {
  presence_options wanted;
  wanted.diff_window = std::chrono::milliseconds{100};
  presence_case test{wanted};
  test.watch("room:1");
  for (const auto* key : {"ana", "bob", "eve"}) {
    test.here.track(test.spawn(), "room:1", key);
    test.advance(std::chrono::milliseconds{30});
  }
  CHECK(test.broadcasts("room:1").empty());
  test.advance(std::chrono::milliseconds{10});
  REQUIRE(test.broadcasts("room:1").size() == 1);
  CHECK(side_of(test.broadcasts("room:1").front().payload, "joins") == test.here.list("room:1"));
}

TEST_CASE("without news clients get nothing, but queries are answered, and handle_metas is called") {
  std::size_t heard = 0;
  presence_options wanted;
  wanted.news = bennu::presence_news::nothing;
  wanted.handle_metas = [&](const presence_diff&) { ++heard; };
  presence_case test{wanted};
  const auto ana = test.join("ana");
  ana.assert_push("presence_state");
  ana.refute_pushes();
  CHECK(test.here.count("room:1") == 1);
  CHECK(heard == 1);
}
