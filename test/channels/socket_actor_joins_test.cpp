#include <bennu/channels/testing/channel_case.hpp>

#include <string>
#include <vector>

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::json;
using bennu::metric;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;
using frames = std::vector<std::string>;

namespace {

/// Joins slowly, or refuses, if the client's payload asks for it.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("ping", [](room_channel&, const payload&) { return reply(bennu::ok); });
    on.in("slow", [](room_channel&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("stop", [](room_channel&, const payload&) { return stop(bennu::normal); });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["refuse"] == json{true}) return bennu::refuse({{"reason", "full"}});
    if (wanted["slow"] == json{true}) return bennu::blocking([] { return bennu::accept({{"slow", true}}); });
    return bennu::accept();
  }
};

class user_socket : public bennu::user_socket {
public:
  user_socket() { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

class side_by_side final : public user_socket {
public:
  bool joins_side_by_side() const noexcept override { return true; }
};

const payload slow{{"slow", true}};

}  // namespace

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
  CHECK(refuses("[[],[],[],[],[]]", "1"));  // short, but takes much memory
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
