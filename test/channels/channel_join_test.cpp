#include <bennu/channels/testing/channel_case.hpp>

#include <stdexcept>
#include <string>
#include <utility>

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::json;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;

namespace {

/// Answers joins in the way that the topic names.
class door final : public bennu::channel {
public:
  static void handlers(bennu::handlers<door>& on) {
    on.in("ping", [](door&, const payload&) { return reply(bennu::ok); });
    on.info([](door& self, const std::string& text) { self.push("welcome", {{"text", text}}); });
  }

  bennu::join_result join(const bennu::topic& topic, payload params) override {
    const auto way = topic.subtopic();
    if (way == "reply") return bennu::accept(std::move(params));
    if (way == "refuse") return bennu::refuse({{"reason", "unauthorized"}});
    if (way == "crash") throw std::runtime_error("the door is broken");
    if (way == "push") push("too_early", {});
    if (way == "broadcast") broadcast("too_early", {});
    if (way == "broadcast_from") broadcast_from("too_early", {});
    if (way == "greet") send_self(std::string{"hello"});
    if (way == "slow") return bennu::blocking([params] { return bennu::accept(params); });
    if (way == "slow_refuse") return bennu::blocking([] { return bennu::refuse({{"reason", "full"}}); });
    if (way == "slow_crash")
      return bennu::blocking([]() -> bennu::join_result { throw std::runtime_error("no answer"); });
    if (way == "job_pushes") {
      return bennu::blocking([this] {
        push("from_a_job", {});
        return bennu::accept();
      });
    }
    return bennu::accept();
  }

private:
};

}  // namespace

TEST_CASE_FIXTURE(channel_case,
                  "a join that is accepted is answered ok, with an empty object where there is nothing to say") {
  const auto ana = join<door>("room:lobby");
  CHECK(ana.at() == state::joined);
  CHECK(ana.join_reply() == reply(bennu::ok, {}));
}

TEST_CASE_FIXTURE(channel_case, "a join may be accepted with a payload of any kind") {
  const auto socket = this->socket();
  CHECK(socket.join<door>("room:reply", {{"seats", 4}}).join_reply() == reply(bennu::ok, {{"seats", 4}}));
  CHECK(join<door>("room:reply", json{"text"}).join_reply() == reply(bennu::ok, json{"text"}));
  CHECK(join<door>("room:reply", bennu::binary{"\x01\x02"}).join_reply() ==
        reply(bennu::ok, bennu::binary{"\x01\x02"}));
}

TEST_CASE_FIXTURE(channel_case, "a join that is refused is answered error, and joins nothing") {
  const auto ana = socket();
  CHECK(ana.assert_join_refused<door>("room:refuse") == payload{{"reason", "unauthorized"}});
  const auto ping = ana.push_in("room:refuse", "ping");
  settle();
  CHECK(ana.reply_to(ping) == reply(bennu::error, {{"reason", "unmatched topic"}}));
}

TEST_CASE_FIXTURE(channel_case, "a join that crashes is answered error, and the connection lives on") {
  const auto ana = socket();
  CHECK(ana.assert_join_refused<door>("room:crash") == payload{{"reason", "join crashed"}});
  CHECK(log().back().ends_with(", join: channel room:crash crashed: the door is broken"));
  CHECK(ana.join<door>("room:lobby").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case,
                  "a push or a broadcast during the join crashes it, and the error names the alternative") {
  for (const auto* action : {"push", "broadcast", "broadcast_from"}) {
    CAPTURE(action);
    const auto topic = std::string{"room:"} + action;
    CHECK(socket().assert_join_refused<door>(topic) == payload{{"reason", "join crashed"}});
    CHECK(log().back().ends_with(": channel " + topic + " crashed: " + action +
                                 " is only possible once the join is done: in join, send_self() a message and do it in "
                                 "that message's info handler"));
    CHECK(broadcasts(topic).empty());
  }
}

TEST_CASE_FIXTURE(channel_case, "a message of a join to its own channel is handled after the answer") {
  const auto ana = socket();
  const auto room = ana.join<door>("room:greet");
  room.assert_push("welcome", {{"text", "hello"}});
  CHECK(ana.frames() == std::vector<std::string>{R"(["1","1","room:greet","phx_reply",{"status":"ok","response":{}}])",
                                                 R"(["1",null,"room:greet","welcome",{"text":"hello"}])"});
}

TEST_CASE_FIXTURE(channel_case, "a join without a join_ref: pushes to its client have its ref") {
  const auto ana = socket();
  ana.join<door>("room:first");
  ana.send_text(R"([null,"7","room:greet","phx_join",{}])");
  ana.send_text(R"([null,"8","room:greet","ping",{}])");
  settle();
  const auto& frames = ana.frames();
  REQUIRE(frames.size() == 4);
  CHECK(frames[1] == R"([null,"7","room:greet","phx_reply",{"status":"ok","response":{}}])");
  CHECK(frames[2] == R"(["7",null,"room:greet","welcome",{"text":"hello"}])");
  CHECK(frames[3] == R"(["7","8","room:greet","phx_reply",{"status":"ok","response":{}}])");
}

TEST_CASE_FIXTURE(channel_case, "a blocking job may accept, refuse or crash a join") {
  CHECK(join<door>("room:slow", {{"id", 7}}).join_reply() == reply(bennu::ok, {{"id", 7}}));
  CHECK(socket().assert_join_refused<door>("room:slow_refuse") == payload{{"reason", "full"}});
  CHECK(socket().assert_join_refused<door>("room:slow_crash") == payload{{"reason", "join crashed"}});
}

TEST_CASE_FIXTURE(channel_case, "a job may not call functions that only the channel's thread may call") {
  CHECK(socket().assert_join_refused<door>("room:job_pushes") == payload{{"reason", "join crashed"}});
  CHECK(log().back().find("may be called only by its own callbacks") != std::string::npos);
}

TEST_CASE_FIXTURE(channel_case, "a join is unanswered as long as its job runs") {
  hold_jobs();
  const auto ana = socket();
  const auto room = ana.begin_join<door>("room:slow");
  settle();
  CHECK(room.at() == state::joining);
  CHECK(ana.frames().empty());

  run_job();
  settle();
  CHECK(room.at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a client that closes the connection during a slow join leaves nothing behind") {
  hold_jobs();
  const auto ana = socket();
  const auto room = ana.begin_join<door>("room:slow");
  settle();
  ana.close();
  settle();
  CHECK(room.ended() == std::nullopt);

  release_jobs();
  room.assert_ended(exit_reason::kind::closed);
}

TEST_CASE_FIXTURE(channel_case, "a client misses no broadcast after the ok, and sees none before it") {
  hold_jobs();
  const auto room = socket().begin_join<door>("room:slow");
  settle();
  broadcast("room:slow", "early");
  settle();
  release_jobs();
  settle();
  broadcast("room:slow", "late");
  settle();
  CHECK(room.received() == std::vector{push{"room:slow", "late", {}}});
}
