// Interceptors of topics that keep history.
#include "history_case.hpp"

using namespace history_tests;

TEST_CASE_FIXTURE(history_case, "the last push of an interceptor carries the position, and nothing overtakes it") {
  auto ana = connect();
  ana.join(positions_only);
  broadcast("log:1", "private", {{"n", 1}, {"times", 3}});
  broadcast("log:1", "said", {{"n", 2}});
  settle();
  const auto got = ana.take();
  REQUIRE(got.size() == 4);
  CHECK(got[0].event == "private");
  CHECK(got[0].ref.empty());
  CHECK(got[1].ref.empty());
  CHECK(got[2].ref.starts_with('@'));
  CHECK(got[2].join_ref.is_string());
  CHECK(got[2].payload["i"] == json{3});
  CHECK(got[3].event == "said");
  auto again = connect();
  again.join({{"since", got[2].ref}});
  CHECK(again.got() == "said2+ ");
}

TEST_CASE_FIXTURE(history_case, "interceptors run on what is replayed") {
  say(1, 1, "private");
  say(2, 2);
  say(3, 3, "private");
  auto ana = connect();
  CHECK(ana.join({{"last", 3}})["missed"] == json{3});
  CHECK(ana.got() == "private1+ said2+ private3+ ");
}

TEST_CASE_FIXTURE(history_case, "a client whose interceptor drops a broadcast gets the position later") {
  auto ana = connect();
  ana.join(positions_only);
  broadcast("log:1", "private", {{"n", 1}, {"times", 0}});
  settle();
  CHECK(ana.got().empty());
  advance(151s);
  CHECK(ana.got().starts_with("$position+ "));
  auto again = connect();
  again.since(ana);
  CHECK(again.got().empty());
}

TEST_CASE_FIXTURE(history_case, "an interceptor that fails leaves the position where it was") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 1);
  ana.take();
  broadcast("log:1", "private", {{"n", 2}, {"crash", true}});
  settle();
  CHECK(ana.got() == "before the crash phx_error ");
}
