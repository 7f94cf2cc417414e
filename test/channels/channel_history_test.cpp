// Joins with history: what they are answered, and what follows.
#include "history_case.hpp"

#include <bennu/channels/internal/channel_history.hpp>

using namespace history_tests;

TEST_CASE_FIXTURE(history_case, "a client that asks for positions gets one with each broadcast that is kept") {
  auto ana = connect();
  const auto answer = ana.join(positions_only);
  CHECK(answer["recovered"] == json{true});
  CHECK(answer["missed"] == json{0});
  CHECK(answer.find("reason") == nullptr);
  CHECK(answer.as_string("at").starts_with('@'));
  CHECK(answer.as_string("at").size() <= 32);
  CHECK(ana.channel->join_reply()->body.as_json()["seen"] == json{{"history", positions_only}});
  say(1, 2);
  const auto got = ana.take();
  REQUIRE(got.size() == 2);
  CHECK(got[0].join_ref.is_null());
  CHECK(got[0].ref.starts_with('@'));
  CHECK(got[0].ref.size() <= 32);
  CHECK(got[0].ref != got[1].ref);
  CHECK(got[0].event == "said");
  CHECK(got[0].payload == json{{"n", 1}});
}

TEST_CASE_FIXTURE(history_case, "a client that joins without history sees what it saw without it") {
  auto ana = connect();
  ana.join({});
  CHECK(ana.channel->join_reply()->body.as_json().find("history") == nullptr);
  say(1, 1);
  CHECK(ana.socket.frames().back() == R"([null,null,"log:1","said",{"n":1}])");
}

TEST_CASE_FIXTURE(history_case, "on a topic whose class keeps no history the key means nothing") {
  const auto ana = join<plain_channel>("room:1", {{"history", positions_only}});
  CHECK(ana.join_reply()->body.as_json().find("history") == nullptr);
  const auto push = ana.push_in("position");
  settle();
  CHECK(ana.ended()->code() == bennu::exit_reason::kind::error);
  ana.refute_reply(push);
}

TEST_CASE_FIXTURE(history_case,
                  "a client that was cut off gets what it missed, in order, each once, and then what is live") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 2);
  CHECK(ana.got() == "said1+ said2+ ");
  ana.socket.cut();
  say(3, 5);
  auto again = connect();
  const auto answer = again.since(ana);
  CHECK(answer["recovered"] == json{true});
  CHECK(answer["missed"] == json{3});
  CHECK(answer["at"] == json{ana.position});  // time stands still here
  say(6, 6);
  CHECK(again.got() == "said3+ said4+ said5+ said6+ ");
}

TEST_CASE_FIXTURE(history_case, "the answer's position is safe to keep at once") {
  say(1, 3);
  auto ana = connect();
  ana.join({{"last", 3}});
  auto again = connect();  // ana was cut before she got any of the three
  const auto answer = again.since(ana);
  CHECK(answer["recovered"] == json{true});
  CHECK(again.got() == "said1+ said2+ said3+ ");
}

TEST_CASE_FIXTURE(history_case, "at each position that a client ever holds, it gets exactly the rest") {
  auto ana = connect();
  std::vector<std::string> held{ana.join(positions_only).as_string("at")};
  say(1, 10);
  for (const auto& one : ana.take()) held.push_back(one.ref);
  for (std::size_t n = 0; n < held.size(); ++n) {
    auto again = connect();
    again.join({{"since", held[n]}});
    std::string rest;
    for (auto i = n + 1; i <= 10; ++i) rest += "said" + std::to_string(i) + "+ ";
    CHECK(again.got() == rest);
  }
}

TEST_CASE_FIXTURE(history_case, "a client gets the newest messages, or those of a time") {
  say(1, 4);
  advance(10s);
  say(5, 6);
  auto ana = connect();
  CHECK(ana.join({{"last", 3}})["recovered"] == json{true});
  CHECK(ana.got() == "said4+ said5+ said6+ ");
  auto bob = connect();
  CHECK(bob.join({{"within", 5'000}})["missed"] == json{2});
  CHECK(bob.got() == "said5+ said6+ ");
}

TEST_CASE_FIXTURE(history_case, "a client is told why it does not get all that it asked for") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 25);
  auto late = connect();
  const auto expired = late.since(ana);
  CHECK(expired["recovered"] == json{false});
  CHECK(expired["reason"] == json{"expired"});
  CHECK(expired["missed"] == json{20});
  CHECK(late.take().size() == 20);

  for (const auto& wrong : {json{{"since", "garbage"}}, json{{"since", 1}}, json{{"last", -1}}, json{{"within", "1"}},
                            json{{"since", ana.position}, {"last", 1}}, json{"all"}, json{true}, json{1}}) {
    auto eve = connect();
    const auto unknown = eve.join(wrong);
    CHECK(unknown["recovered"] == json{false});
    CHECK(unknown["reason"] == json{"unknown"});
    CHECK(unknown["missed"] == json{0});
    say(99, 99);
    CHECK(eve.got() == "said99+ ");
  }
  CHECK(counted(bennu::metric::history_expired) == 1);
  CHECK(counted(bennu::metric::history_unknown) == 8);
  CHECK(counted(bennu::metric::history_replayed) == 20);
}

TEST_CASE_FIXTURE(small_case, "a client gets no more messages at once than may be replayed, and is told") {
  say(1, 3);
  auto ana = connect();
  const auto answer = ana.join({{"last", 3}});
  CHECK(answer["recovered"] == json{false});
  CHECK(answer["reason"] == json{"limit"});
  CHECK(ana.got() == "said2+ said3+ ");
  CHECK(counted(bennu::metric::history_limited) == 1);
}

TEST_CASE_FIXTURE(history_case, "a refused join has no history") {
  auto ana = connect();
  const auto answer = ana.socket.assert_join_refused("log:1", {{"refuse", true}, {"history", positions_only}});
  CHECK(answer == payload{});
}

TEST_CASE_FIXTURE(history_case, "a class that answers with no object cannot answer a join with history") {
  auto ana = connect();
  ana.socket.assert_join_refused("log:1", {{"list", true}, {"history", positions_only}});
  CHECK(log().back().find("must be accepted with an object") != std::string::npos);
  auto bob = connect();
  bob.join({}, {{"list", true}});
  CHECK(bob.channel->join_reply()->body.as_json() == json::array{});
}

TEST_CASE_FIXTURE(history_case, "a channel knows what its client has recovered") {
  say(1, 2);
  auto ana = connect();
  ana.join({{"last", 2}});
  const auto asked = ana.channel->push_in("recovery");
  ana.channel->assert_reply(asked, bennu::ok, {{"recovered", true}, {"missed", 2}, {"reason", ""}});
  auto bob = connect();
  bob.join({});
  CHECK(bob.channel->assert_reply(bob.channel->push_in("recovery"), bennu::ok) == payload{});
}

TEST_CASE("a request for history is read from the payload of a join") {
  using bennu::history_request;
  const auto read = [](const json& params) { return bennu::history_request_in(params); };
  CHECK_FALSE(read(json::object{}));
  CHECK_FALSE(read(json{"text"}));
  CHECK_FALSE(bennu::history_request_in(binary{"history"}));
  const auto within = read({{"history", json{{"within", UINT64_MAX}}}});
  REQUIRE(within);
  CHECK(std::get<history_request::within>(within->wanted).age > std::chrono::hours{24 * 365});
  const auto last = read({{"history", json{{"last", 3}, {"session", "s"}}}});
  REQUIRE(last);
  CHECK(std::get<history_request::last>(last->wanted).count == 3);
  CHECK(bennu::history_session_in(json{{"history", json{{"session", "s"}}}}) == "s");
  CHECK(bennu::history_session_in(json{{"history", json{{"session", 1}}}}).empty());
  CHECK(bennu::history_session_in(json{{"history", 1}}).empty());
}
