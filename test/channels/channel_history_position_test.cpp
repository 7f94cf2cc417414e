// Positions, and what else stands between messages that are kept.
#include "history_case.hpp"

using namespace history_tests;

TEST_CASE_FIXTURE(history_case, "a client of a quiet topic is recovered, also if no message is left") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 1);
  ana.take();
  advance(4min);
  ana.take();
  ana.socket.cut();
  advance(4min);
  auto again = connect();
  const auto answer = again.since(ana);
  CHECK(answer["recovered"] == json{true});
  CHECK(answer["missed"] == json{0});
}

TEST_CASE_FIXTURE(history_case, "a quiet client gets the position at least twice in the age of the messages") {
  auto ana = connect();
  ana.join(positions_only);
  advance(151s);
  const auto got = ana.take();
  REQUIRE(got.size() >= 1);
  CHECK(got[0].event == "$position");
  CHECK(got[0].payload == json::object{});
  CHECK(got[0].ref.starts_with('@'));
  advance(75s);
  CHECK(ana.got() == "$position+ ");
  say(1, 1);
  advance(75s);
  CHECK(ana.got() == "said1+ ");
}

TEST_CASE_FIXTURE(history_case, "messages that are not kept come in their place, and are not replayed") {
  auto ana = connect();
  ana.join(positions_only);
  ana.channel->push_in("say", {{"n", 1}});
  ana.channel->push_in("whisper", {{"n", 2}});
  ana.channel->push_in("say", {{"n", 3}});
  settle();
  CHECK(ana.got() == "said1+ whispered2 said3+ ");
  auto bob = connect();
  bob.join({{"last", 10}});
  CHECK(bob.got() == "said1+ said3+ ");
}

TEST_CASE_FIXTURE(history_case, "a client does not get again what an earlier join of it has sent to all others") {
  auto ana = connect();
  auto bob = connect();
  ana.join(positions_only);
  bob.join(positions_only);
  ana.channel->push_in("say_to_others", {{"n", 1}});
  settle();
  bob.channel->push_in("say_to_others", {{"n", 2}});
  settle();
  ana.channel->push_in("say_to_others", {{"n", 3}});
  settle();
  const auto start = ana.position;
  CHECK(bob.got() == "said1+ said3+ ");
  CHECK(ana.got() == "said2+ ");

  auto again = connect();
  const auto answer = again.join({{"since", start}, {"session", ana.session}});
  CHECK(answer["missed"] == json{1});
  CHECK(again.got() == "said2+ ");
  auto third = connect();
  third.join({{"since", start}, {"session", again.session}});
  CHECK(third.got() == "said2+ ");
  auto without = connect();
  without.join({{"since", start}});
  CHECK(without.got() == "said1+ said2+ said3+ ");
  // Another client with a copy of the session is denied nothing that came later.
  ana.channel->push_in("say_to_others", {{"n", 4}});
  settle();
  auto copy = connect();
  copy.join({{"since", start}, {"session", again.session}});
  CHECK(copy.got() == "said2+ said4+ ");
}

TEST_CASE_FIXTURE(history_case, "bytes are followed by their position") {
  auto ana = connect();
  ana.join(positions_only);
  broadcast("log:1", "picture", binary{"bytes"});
  broadcast("log:1", "private_bytes", binary{"bytes"});
  settle();
  const auto got = ana.take();
  REQUIRE(got.size() == 4);
  CHECK(got[0].event == "(bytes)");
  CHECK(got[1].event == "$position");
  CHECK(got[1].join_ref.is_null());
  CHECK(got[2].event == "(bytes)");
  CHECK(got[3].event == "$position");
  auto again = connect();
  again.join({{"since", got[1].ref}});
  CHECK(again.got() == "(bytes) $position+ ");
}

TEST_CASE_FIXTURE(history_case, "version 1 of the protocol has the position as ref") {
  say(1, 1);
  const auto ana = test_node::connect<log_socket>({{"vsn", "1.0.0"}});
  ana.join("log:1", {{"history", json{{"last", 1}}}});
  broadcast("log:1", "private", {{"n", 2}});
  settle();
  const auto& frames = ana.frames();
  REQUIRE(frames.size() == 3);
  const auto replayed = std::get<json>(bennu::parse_json(frames[1], 64));
  CHECK(replayed["event"] == json{"said"});
  CHECK(replayed.as_string("ref").starts_with('@'));
  const auto pushed = std::get<json>(bennu::parse_json(frames[2], 64));
  CHECK(pushed["event"] == json{"private"});
  CHECK(pushed.as_string("ref").starts_with('@'));
}

TEST_CASE_FIXTURE(history_case, "nothing is missing between a snapshot and the stream after it") {
  for (const auto& asks : {json{}, positions_only}) {
    CAPTURE(asks.dump());
    auto bob = connect();
    hold_jobs();
    json params{{"snapshot", true}};
    if (!asks.is_null()) params.set("history", asks);
    const auto channel = bob.socket.begin_join("log:1", params);
    settle();
    say(1, 2);  // after the position, and before the join is accepted
    run_job();
    release_jobs();
    settle();
    say(3, 3);
    const auto& answer = channel.join_reply()->body.as_json();
    CHECK(answer.as_string("at").starts_with('@'));
    CHECK(bob.got() == (asks.is_null() ? "said1 said2 said3 " : "said1+ said2+ said3+ "));
    CHECK((answer["history"] == json{"of the class"}) == asks.is_null());
    if (!asks.is_null()) CHECK(answer["history"]["missed"] == json{2});
  }
}

TEST_CASE_FIXTURE(history_case, "a position that was handed out by the channel is one to join with") {
  auto ana = connect();
  ana.join({});
  const auto answer = ana.channel->assert_reply(ana.channel->push_in("position"), bennu::ok);
  say(1, 1);
  auto again = connect();
  CHECK(again.join({{"since", answer.as_json()["at"]}})["recovered"] == json{true});
  CHECK(again.got() == "said1+ ");
}

TEST_CASE_FIXTURE(history_case, "any thread reads and drops the history of a topic") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 2);
  ana.take();
  const auto page = pubsub().history()->read("log:1", {bennu::history_request::last{5}}, 10);
  REQUIRE(page->messages.size() == 2);
  CHECK(page->messages[1].payload == payload{{"n", 2}});
  CHECK(page->messages[1].position == ana.position);
  say(3, 3);
  pubsub().history()->drop("log:1");
  auto again = connect();
  CHECK(again.since(ana)["reason"] == json{"expired"});
}
