// Joins of a topic that the client has joined already: the new channel replaces the old one.
#include <string>
#include <vector>

#include "joining_room.hpp"

using namespace joining;
using bennu::exit_reason;
using state = client_channel::state;
using frames = std::vector<std::string>;

TEST_CASE_FIXTURE(channel_case, "joining a topic again answers the new join, then closes the old") {
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  const auto second = ana.join("room:1");
  first.assert_ended(exit_reason::kind::duplicate_join);
  CHECK(first.at() == state::closed);
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["2","2","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])"});
  second.assert_reply(second.push_in("ping"), bennu::ok);
}

TEST_CASE_FIXTURE(channel_case, "joining a topic again ends the old channel even if the new join is refused") {
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  ana.assert_join_refused("room:1", {{"refuse", true}});
  first.assert_ended(exit_reason::kind::duplicate_join);
  CHECK(ana.frames().back() == R"(["1","1","room:1","phx_close",{}])");
  first.assert_reply(first.push_in("ping"), bennu::error, {{"reason", "unmatched topic"}});
}

TEST_CASE_FIXTURE(channel_case, "joining a topic many times at once leaves the last join") {
  const auto ana = connect<user_socket>();
  std::vector<client_channel> joins;
  for (int i = 0; i < 5; ++i) joins.push_back(ana.begin_join("room:1"));
  settle();
  for (int i = 0; i < 4; ++i) {
    CHECK(joins[static_cast<std::size_t>(i)].join_reply() == reply(bennu::ok));
    CHECK(joins[static_cast<std::size_t>(i)].at() == state::closed);
  }
  CHECK(joins.back().at() == state::joined);
  joins.back().assert_reply(joins.back().push_in("ping"), bennu::ok);
}

TEST_CASE_FIXTURE(channel_case, "a join does not wait for a channel whose job runs, which ends after it, unheard") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  const auto push = first.push_in("slow");
  const auto second = ana.join("room:1");
  CHECK(first.at() == state::closed);
  CHECK_FALSE(first.ended());
  broadcast("room:1", "news");
  second.assert_push("news");
  first.refute_pushes();

  release_jobs();
  first.assert_ended(exit_reason::kind::duplicate_join);
  CHECK_FALSE(first.reply_to(push));
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["3","3","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])", R"([null,null,"room:1","news",{}])"});
}

TEST_CASE_FIXTURE(channel_case, "a leave and a join do not wait for a channel whose job runs either") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  first.push_in("slow");
  first.push_in("ping");
  first.leave();
  const auto second = ana.join("room:1");
  CHECK(second.at() == state::joined);
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","4","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])",
                               R"(["5","5","room:1","phx_reply",{"status":"ok","response":{}}])"});
  release_jobs();
  first.assert_ended(exit_reason::kind::left);
  CHECK(ana.frames().size() == 4);
}

TEST_CASE_FIXTURE(channel_case, "a leave alone waits for the job, and comes after all that was pushed before it") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  first.push_in("slow");
  first.push_in("ping");
  first.leave();
  settle();
  CHECK(ana.frames().size() == 1);
  release_jobs();
  first.assert_ended(exit_reason::kind::left);
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","2","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","3","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","4","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])"});
}

TEST_CASE_FIXTURE(channel_case, "a client that closes while a replaced channel's job runs leaves nothing behind") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  first.push_in("slow");
  const auto second = ana.join("room:1");
  ana.close();
  second.assert_ended(exit_reason::kind::closed);
  release_jobs();
  first.assert_ended(exit_reason::kind::duplicate_join);
}

TEST_CASE_FIXTURE(channel_case, "a replaced channel that is killed while its job runs is not reported a second time") {
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  first.push_in("slow");
  ana.join("room:1");
  first.kill();
  release_jobs();
  settle();
  CHECK(ana.frames().size() == 3);
  CHECK(ana.frames().back() == R"(["1","1","room:1","phx_close",{}])");
}

TEST_CASE_FIXTURE(channel_case, "as many channels with jobs are replaced as may be joined; then a join waits for one") {
  limits().max_channels_per_socket = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 2; ++i) ana.join("room:1").push_in("slow");
  const auto third = ana.join("room:1");
  const auto push = third.push_in("slow");
  const auto fourth = ana.begin_join("room:1");
  const auto other = ana.begin_join("room:2");
  settle();
  CHECK(fourth.at() == state::joining);
  CHECK(other.at() == state::joining);
  run_job();
  settle();
  CHECK(fourth.at() == state::joining);
  release_jobs();
  settle();
  CHECK(third.reply_to(push) == reply(bennu::ok));
  CHECK(third.at() == state::closed);
  CHECK(fourth.at() == state::joined);
  CHECK(other.at() == state::joined);
  CHECK(ana.frames().back() == R"(["8","8","room:2","phx_reply",{"status":"ok","response":{}}])");
}

TEST_CASE_FIXTURE(channel_case, "a channel that ends by itself before it is replaced sends its end once") {
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  first.push_in("stop");
  ana.join("room:1");
  first.assert_ended(bennu::normal);
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])",
                               R"(["3","3","room:1","phx_reply",{"status":"ok","response":{}}])"});
}
