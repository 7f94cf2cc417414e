#include <bennu/channels/testing/channel_case.hpp>

#include <string>
#include <vector>

using namespace bennu::testing;
using bennu::json;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;
using frames = std::vector<std::string>;

namespace {

class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("ping", [](room_channel&, const payload&) { return reply(bennu::ok); });
    on.in("stop", [](room_channel&, const payload&) { return stop(bennu::normal); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class user_socket final : public bennu::user_socket {
public:
  user_socket() { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns& to) const override {
    to.set("user", 1);
    return bennu::accept();
  }
  std::optional<std::string> id(const bennu::assigns& of) const override { return "user:" + of["user"].dump(); }
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a heartbeat is answered ok, joined or not, and its join_ref is not echoed") {
  const auto ana = connect<user_socket>();
  ana.send_text(R"([null,"5","phoenix","heartbeat",{}])");
  ana.send_text(R"(["9",6,"phoenix","heartbeat",{}])");
  settle();
  CHECK(ana.frames() == frames{R"([null,"5","phoenix","phx_reply",{"status":"ok","response":{}}])",
                               R"([null,6,"phoenix","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE_FIXTURE(channel_case, "a client that heartbeats stays connected for a day") {
  const auto ana = connect<user_socket>();
  advance(std::chrono::hours{24});
  CHECK(ana.is_open());
  CHECK(ana.frames().size() == 24 * 60 * 2);
}

TEST_CASE_FIXTURE(channel_case,
                  "a client that falls silent is closed with 1001 when the idle timeout has passed, not before") {
  const auto ana = connect<user_socket>();
  ana.stop_heartbeats();
  advance(std::chrono::seconds{59});
  CHECK(ana.is_open());
  ana.heartbeat();
  advance(std::chrono::seconds{59});
  CHECK(ana.is_open());
  advance(std::chrono::seconds{1});
  CHECK(ana.closed_with() == bennu::close_code::going_away);
}

TEST_CASE_FIXTURE(channel_case,
                  "a message for a topic that is not joined is answered: unmatched topic, without a join_ref") {
  const auto ana = connect<user_socket>();
  ana.send_text(R"(["1","2","room:1","ping",{}])");
  ana.send_text(R"(["1","3","other:1","phx_join",{}])");
  ana.send_text(R"([null,"4",7,"ping",{}])");
  ana.send_text(R"([null,"5",null,"phx_join",{}])");
  settle();
  CHECK(ana.frames() ==
        frames{R"([null,"2","room:1","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])",
               R"([null,"3","other:1","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])",
               R"([null,"4",7,"phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])",
               R"([null,"5",null,"phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])"});
}

TEST_CASE_FIXTURE(channel_case, "leaving a topic that is not joined is answered ok, for any topic") {
  const auto ana = connect<user_socket>();
  ana.send_text(R"(["1","2","room:1","phx_leave",{}])");
  ana.send_text(R"([null,"3","other:1","phx_leave",{}])");
  settle();
  CHECK(ana.frames() == frames{R"(["1","2","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"([null,"3","other:1","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE_FIXTURE(channel_case, "refs go back as they came, of any type") {
  const auto ana = connect<user_socket>();
  ana.send_text(R"([1,2,"room:1","phx_join",{}])");
  ana.send_text(R"([1,{"a":3},"room:1","ping",{}])");
  settle();
  CHECK(ana.frames() == frames{R"([1,2,"room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"([1,{"a":3},"room:1","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE_FIXTURE(channel_case, "a message of an earlier join is dropped; one without a join_ref is taken") {
  const auto ana = connect<user_socket>();
  ana.send_text(R"(["1","1","room:1","phx_join",{}])");
  ana.send_text(R"(["2","2","room:1","ping",{}])");
  ana.send_text(R"([1,"3","room:1","ping",{}])");
  ana.send_text(R"(["","4","room:1","ping",{}])");
  ana.send_text(R"(["2","5","room:1","phx_leave",{}])");
  ana.send_text(R"([null,"6","room:1","ping",{}])");
  settle();
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","6","room:1","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE_FIXTURE(channel_case,
                  "a join of a topic that no channel serves is counted, and the log says how to serve it") {
  const auto ana = connect<user_socket>();
  CHECK(ana.assert_join_refused("rom:1") == payload{{"reason", "unmatched topic"}});
  CHECK(counted(bennu::metric::topics_unmatched) == 1);
  CHECK(counted(bennu::metric::joins_refused) == 0);
  CHECK(log().back() ==
        "debug: refused a join of \"rom:1\", socket user:1: no pattern of the socket's class matches the topic; to "
        "serve it, add channel<room_channel>(\"room:*\") with a class and a pattern of yours to its constructor");
  ana.push_in("rom:2", "ping");
  settle();
  CHECK(counted(bennu::metric::topics_unmatched) == 1);  // a push joins nothing
}

TEST_CASE_FIXTURE(channel_case, "leaving is answered ok, then closed, and messages that arrive with it are dropped") {
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto leave = room.leave();
  const auto late = room.push_in("ping");
  settle();
  CHECK(room.reply_to(leave) == reply(bennu::ok));
  CHECK(room.reply_to(late) == std::nullopt);
  CHECK(ana.frames().back() == R"(["1","1","room:1","phx_close",{}])");

  const auto later = room.push_in("ping");
  room.assert_reply(later, bennu::error, {{"reason", "unmatched topic"}});
}

TEST_CASE_FIXTURE(channel_case, "messages that arrive together with a push that stops the channel are dropped") {
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("stop");
  const auto late = room.push_in("ping");
  room.refute_reply(late);
  CHECK(room.at() == state::closed);
  room.assert_reply(room.push_in("ping"), bennu::error, {{"reason", "unmatched topic"}});
}

TEST_CASE_FIXTURE(channel_case,
                  "leave and join of one topic at once: the leave's answer, the close of the old, the join's answer") {
  const auto ana = connect<user_socket>();
  const auto first = ana.join("room:1");
  first.leave();
  const auto second = ana.begin_join("room:1");
  second.push_in("ping");
  settle();
  CHECK(ana.frames() == frames{R"(["1","1","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","2","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["1","1","room:1","phx_close",{}])",
                               R"(["3","3","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["3","4","room:1","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE_FIXTURE(channel_case, "any event may come in a binary message, heartbeats, joins and leaves among them") {
  const auto ana = connect<user_socket>();
  const auto binary_push = [](std::string_view join_ref, std::string_view ref, std::string_view topic,
                              std::string_view event) {
    std::string bytes(1, '\0');
    for (const auto field : {join_ref, ref, topic, event}) bytes += static_cast<char>(field.size());
    for (const auto field : {join_ref, ref, topic, event}) bytes += field;
    return bytes;
  };
  ana.send_binary(binary_push("", "1", "phoenix", "heartbeat"));
  ana.send_binary(binary_push("2", "2", "room:1", "phx_join"));
  ana.send_binary(binary_push("", "3", "room:1", "ping"));
  ana.send_binary(binary_push("2", "4", "room:1", "phx_leave"));
  settle();
  CHECK(ana.frames() == frames{R"([null,"1","phoenix","phx_reply",{"status":"ok","response":{}}])",
                               R"(["2","2","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["2","4","room:1","phx_reply",{"status":"ok","response":{}}])",
                               R"(["2","2","room:1","phx_close",{}])"});
}

TEST_CASE_FIXTURE(channel_case, "a message that makes no sense closes the connection with 1011") {
  for (const auto* bytes : {"", "nonsense", "{}", "[]", R"(["1","1","room:1","ping"])", R"({"topic":"room:1"})"}) {
    CAPTURE(bytes);
    const auto ana = connect<user_socket>();
    ana.send_text(bytes);
    ana.assert_closed(bennu::close_code::internal_error);
  }
  for (const auto& bytes : {std::string{}, std::string{"\x01"}, std::string{"\0\x05\x01\x01\x01x", 6}}) {
    const auto ana = connect<user_socket>();
    ana.send_binary(bytes);
    ana.assert_closed(bennu::close_code::internal_error);
  }
}

TEST_CASE_FIXTURE(channel_case, "a closed connection receives nothing more, and sends nothing more") {
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  ana.send_text("nonsense");
  room.push_in("ping");
  settle();
  broadcast("room:1", "event");
  settle();
  CHECK(ana.frames().size() == 1);
  CHECK(room.at() == state::errored);
}

TEST_CASE_FIXTURE(channel_case, "a disconnect for the socket's id closes all connections of the user with 1001") {
  const auto desk = connect<user_socket>();
  const auto phone = connect<user_socket>();
  broadcast("user:1", "other event");
  settle();
  CHECK(desk.is_open());
  broadcast("user:1", "disconnect");
  desk.assert_closed(bennu::close_code::going_away);
  phone.assert_closed(bennu::close_code::going_away);
}
