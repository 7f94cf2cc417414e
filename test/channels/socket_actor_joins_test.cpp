// Joins that take long, and the messages behind them; limits of joins.
#include <string>
#include <vector>

#include "joining_room.hpp"

using namespace joining;
using bennu::metric;
using state = client_channel::state;
using frames = std::vector<std::string>;

// -- slow joins -------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a slow join holds up the joins behind it") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.begin_join("room:1", slow);
  const auto second = ana.begin_join("room:2");
  settle();
  CHECK(ana.frames().empty());
  run_job();
  settle();
  CHECK(first.at() == state::joined);
  CHECK(second.at() == state::joined);
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{"slow":true}}])",
                               R"(["2","2","room:2","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE_FIXTURE(channel_case, "a slow join holds up neither heartbeats nor other channels nor other clients") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto other = ana.join("room:other");
  ana.begin_join("room:1", slow);
  settle();

  const auto heartbeat = ana.heartbeat();
  const auto ping = other.push_in("ping");
  const auto leave = other.leave();
  const auto unmatched = ana.push_in("nowhere", "ping");
  settle();
  CHECK(ana.reply_to(heartbeat) == reply(bennu::ok));
  CHECK(ana.reply_to(ping) == reply(bennu::ok));
  CHECK(ana.reply_to(leave) == reply(bennu::ok));
  CHECK(ana.reply_to(unmatched) == reply(bennu::error, {{"reason", "unmatched topic"}}));
  CHECK(connect<user_socket>().join("room:1").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "messages for a topic wait for its join, and are handled in order after its answer") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  const auto ping = room.push_in("ping");
  const auto leave = room.leave();
  const auto again = ana.begin_join("room:1");
  settle();
  CHECK(ana.frames().empty());
  release_jobs();
  settle();
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{"slow":true}}])",
                               R"(["1","2","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","3","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])",
                               R"(["4","4","room:1","phx_reply",{"status":"ok","response":{}}])"});
  CHECK(again.at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "messages that waited for a join that was refused are answered: unmatched topic") {
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", {{"refuse", true}});
  const auto ping = room.push_in("ping");
  room.assert_reply(ping, bennu::error, {{"reason", "unmatched topic"}});
}

TEST_CASE_FIXTURE(channel_case,
                  "a channel that is killed while it joins is answered: join crashed, and holds up nothing") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.begin_join("room:1", slow);
  const auto second = ana.begin_join("room:2");
  settle();
  first.kill();
  settle();
  CHECK(first.join_reply() == reply(bennu::error, {{"reason", "join crashed"}}));
  CHECK(second.at() == state::joined);
  release_jobs();
  settle();
  CHECK(ana.frames().size() == 2);
}

TEST_CASE_FIXTURE(channel_case, "a socket with joins_side_by_side joins several topics at once") {
  hold_jobs();
  const auto ana = connect<side_by_side>();
  const auto first = ana.begin_join("room:1", slow);
  const auto second = ana.begin_join("room:2", slow);
  const auto third = ana.begin_join("room:3");
  settle();
  CHECK(third.at() == state::joined);
  CHECK(held_jobs() == 2);
  release_jobs();
  settle();
  CHECK(first.at() == state::joined);
  CHECK(second.at() == state::joined);
}

// -- joins that take too long -----------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a join whose job takes longer than the limit is answered: join timeout") {
  limits().join_timeout = std::chrono::seconds{5};
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.begin_join("room:1", slow);
  first.push_in("ping");
  ana.begin_join("room:2");
  advance(std::chrono::milliseconds{4999});
  CHECK(ana.frames().empty());
  advance(std::chrono::milliseconds{1});
  CHECK(ana.frames() ==
        frames{R"(["1","1","room:1","phx_reply",{"status":"error","response":{"reason":"join timeout"}}])",
               R"([null,"2","room:1","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])",
               R"(["3","3","room:2","phx_reply",{"status":"ok","response":{}}])"});
  CHECK(counted(bennu::metric::joins_refused) == 1);
  const auto again = ana.join("room:1");
  release_jobs();
  first.assert_ended(bennu::normal);
  CHECK(ana.frames().size() == 4);
  again.assert_reply(again.push_in("ping"), bennu::ok);
}

TEST_CASE_FIXTURE(channel_case, "a join whose job is done in time is not answered again, and later jobs may be slow") {
  limits().join_timeout = std::chrono::seconds{5};
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1", slow);
  hold_jobs();
  room.push_in("slow");
  advance(std::chrono::seconds{6});
  CHECK(ana.frames().size() == 1);
  CHECK(room.at() == state::joined);
  release_jobs();
  settle();
  CHECK(ana.frames().size() == 2);
}

TEST_CASE_FIXTURE(channel_case, "joins that were given up count, for as long as their jobs run") {
  limits().join_timeout = std::chrono::seconds{5};
  limits().max_channels_per_socket = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 3; ++i) {
    ana.begin_join("room:1", slow);
    advance(std::chrono::seconds{5});
  }
  CHECK(ana.assert_join_refused("room:2") == payload{{"reason", "too many channels joined"}});
  CHECK(counted(bennu::metric::joins_refused) == 4);
  run_job();
  settle();
  CHECK(ana.join("room:2").at() == state::joined);
  release_jobs();
}

// -- limits -----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a topic may be as long as the limit allows, and no longer") {
  limits().max_topic_bytes = 20;
  const auto ana = connect<user_socket>();
  const auto longest = "room:" + std::string(15, 'x');
  CHECK(ana.join(longest).at() == state::joined);
  CHECK(ana.assert_join_refused(longest + "x") == payload{{"reason", "topic too long"}});
  CHECK(counted(metric::joins_refused) == 1);
}

TEST_CASE_FIXTURE(channel_case, "the references of a join may be as long as their limit allows, and no longer") {
  limits().max_reference_bytes = 20;
  const auto ana = connect<user_socket>();
  const auto refuses = [&](const std::string& join_ref, const std::string& ref) {
    ana.send_text("[" + join_ref + "," + ref + R"(,"room:1","phx_join",{}])");
    settle();
    return ana.frames().back().find(R"("reason":"reference too long")") != std::string::npos;
  };
  const auto longest = '"' + std::string(20, 'x') + '"';
  const auto longer = '"' + std::string(21, 'x') + '"';
  CHECK_FALSE(refuses(longest, longest));
  CHECK(refuses(longer, "1"));
  CHECK(refuses("1", longer));
  CHECK_FALSE(refuses("[1,[2]]", "1"));
  CHECK(refuses(R"([1,[2],{"a":[3,4,5,6]}])", "1"));
  CHECK(refuses("1", "[[],[],[],[],[],[],[]]"));
}

TEST_CASE_FIXTURE(channel_case, "a client joins as many channels as the limit allows; leaving one makes room") {
  limits().max_channels_per_socket = 2;
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  ana.join("room:2");
  CHECK(ana.assert_join_refused("room:3") == payload{{"reason", "too many channels joined"}});
  CHECK(ana.frames().back() ==
        R"(["3","3","room:3","phx_reply",{"status":"error","response":{"reason":"too many channels joined"}}])");
  CHECK(ana.join("room:2").at() == state::joined);

  first.leave();
  settle();
  CHECK(ana.join("room:3").at() == state::joined);
}
