#include <bennu/channels/testing/channel_case.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "../allocation_limit.hpp"

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::metric;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;

namespace {

struct stop_now {};

/// Joins slowly, or fails, if the client's payload asks for it.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("ping", [](room_channel&, const payload&) { return reply(bennu::ok); });
    on.in("slow", [](room_channel&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("crash", [](room_channel&, const payload&) { throw std::runtime_error("boom"); });
    on.in("hoard", [](room_channel& self, const payload&) { self.hoard_.assign(1 << 20, 'x'); });
    on.in("stop_later", [](room_channel& self, const payload&) { self.send_self(stop_now{}); });
    on.info([](room_channel&, const stop_now&) { return stop(bennu::normal); });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["crash"] == json{true}) throw std::runtime_error("boom");
    if (wanted["slow"] == json{true}) return bennu::blocking([] { return bennu::accept(); });
    return bennu::accept();
  }

private:
  std::string hoard_;
};

class user_socket final : public bennu::user_socket {
public:
  user_socket() {
    channel<room_channel>("room:*");
    channel<room_channel>("other:*");
  }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

const payload slow{{"slow", true}};

payload too_fast(int ms) { return {{"reason", "rate limited"}, {"retry_after", ms}}; }

}  // namespace

// -- what waits -------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a client that floods a join in progress is not read until half of it is handled") {
  limits().max_waiting_messages = 4;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  std::vector<push_ref> pings;
  for (int i = 0; i < 20; ++i) pings.push_back(room.push_in("ping"));
  settle();
  CHECK(counted(metric::pauses) == 1);
  CHECK(counted(metric::paused_sockets) == 1);
  CHECK(counted(metric::messages_received) == 5);

  release_jobs();
  settle();
  for (const auto& ping : pings) CHECK(room.reply_to(ping) == reply(bennu::ok));
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case, "a client whose messages are large is not read any more after few of them") {
  limits().max_waiting_bytes = 10'000;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  std::vector<push_ref> pings;
  for (int i = 0; i < 20; ++i) pings.push_back(room.push_in("ping", {{"pad", std::string(3'000, 'x')}}));
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  CHECK(counted(metric::messages_received) == 5);

  release_jobs();
  settle();
  for (const auto& ping : pings) CHECK(room.reply_to(ping) == reply(bennu::ok));
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case,
                  "a client that floods a channel whose job runs is not read until half of it is handled") {
  limits().max_waiting_messages = 4;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  std::vector<push_ref> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(room.push_in("slow"));
    all.push_back(room.push_in("ping"));
  }
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  CHECK(counted(metric::messages_received) < 10);
  CHECK_FALSE(room.ended());

  release_jobs();
  settle();
  for (const auto& push : all) CHECK(room.reply_to(push) == reply(bennu::ok));
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case, "a client that is not read is not taken for idle, and costs the others nothing") {
  limits().max_waiting_messages = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.begin_join("room:1", slow);
  for (int i = 0; i < 5; ++i) room.push_in("ping");
  settle();
  advance(10min);
  CHECK(ana.is_open());
  const auto bob = connect<user_socket>().join("room:1");
  bob.assert_reply(bob.push_in("ping"), bennu::ok);
  release_jobs();
  settle();
  CHECK(room.at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a channel that ends while messages wait for it gives their places back") {
  limits().max_waiting_messages = 4;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  for (int i = 0; i < 10; ++i) room.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  room.kill();
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  CHECK(ana.join("room:2").at() == state::joined);
  release_jobs();
}

TEST_CASE_FIXTURE(channel_case, "a client that goes away while it is not read leaves nothing behind") {
  limits().max_waiting_messages = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  for (int i = 0; i < 5; ++i) room.push_in("ping");
  settle();
  ana.cut();
  release_jobs();
  settle();
  room.assert_ended(exit_reason::kind::closed);
  CHECK(counted(metric::paused_sockets) == 0);
  CHECK(counted(metric::sockets) == 0);
  CHECK(counted(metric::channels) == 0);
}

TEST_CASE_FIXTURE(channel_case, "a client is read again when exactly half of the limit waits") {
  limits().max_waiting_messages = 4;
  const auto ana = connect<user_socket>();
  hold_jobs();
  std::vector<client_channel> rooms;
  for (int i = 1; i <= 4; ++i) {
    rooms.push_back(ana.join("room:" + std::to_string(i)));
    rooms.back().push_in("slow");
  }
  settle();
  for (const auto& room : rooms) room.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  rooms[0].kill();
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  rooms[1].kill();
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  release_jobs();
}

TEST_CASE_FIXTURE(channel_case, "a client of which one message may wait is read again when none does") {
  limits().max_waiting_messages = 1;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  const auto ping = room.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  release_jobs();
  room.assert_reply(ping, bennu::ok);
  CHECK(counted(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(channel_case, "messages for a channel that has ended by itself do not count as waiting") {
  limits().max_waiting_messages = 3;
  const auto ana = connect<user_socket>();
  const auto other = ana.join("room:other");
  for (int i = 0; i < 4; ++i) {
    const auto leaving = ana.join("room:leaving");
    const auto stopping = ana.join("room:stopping");
    // All of it arrives at once: the second room stops within the turn in which the last push is routed to it.
    stopping.push_in("stop_later");
    leaving.leave();
    stopping.push_in("ping");
    settle();
  }
  CHECK(counted(metric::paused_sockets) == 0);
  other.assert_reply(other.push_in("ping"), bennu::ok);
}

// -- joins ------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "joins beyond those that may be under way are refused") {
  limits().max_joins_in_flight = 2;
  hold_jobs();
  const auto ana = connect<user_socket>();
  const auto first = ana.begin_join("room:1", slow);
  const auto second = ana.begin_join("room:2");
  first.push_in("ping");
  const auto third = ana.begin_join("room:3");
  settle();
  CHECK(third.join_reply() == reply(bennu::error, {{"reason", "too many joins at once"}}));
  CHECK(counted(metric::joins_refused) == 1);
  release_jobs();
  settle();
  CHECK(second.at() == state::joined);
  CHECK(ana.join("room:3").at() == state::joined);
}

// -- rates ------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a client that pushes too often to a channel gets the time to wait") {
  limits().max_channel_rate = 10;
  limits().max_channel_burst = 3;
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto other = ana.join("room:2");
  for (int i = 0; i < 3; ++i) room.assert_reply(room.push_in("ping"), bennu::ok);
  room.assert_reply(room.push_in("ping"), bennu::error, too_fast(100));
  other.assert_reply(other.push_in("ping"), bennu::ok);
  CHECK(counted(metric::pushes_refused) == 1);

  advance(40ms);
  room.assert_reply(room.push_in("ping"), bennu::error, too_fast(60));
  advance(60ms);
  room.assert_reply(room.push_in("ping"), bennu::ok);
  room.assert_reply(room.push_in("ping"), bennu::error, too_fast(100));
}

TEST_CASE_FIXTURE(channel_case, "a push without a ref that comes too soon is dropped and counted") {
  limits().max_channel_rate = 10;
  limits().max_channel_burst = 1;
  const auto ana = connect<user_socket>();
  ana.join("room:1");
  for (int i = 0; i < 3; ++i) ana.send_text(R"(["1",null,"room:1","ping",{}])");
  settle();
  CHECK(ana.frames().size() == 2);  // of the join, and of the first push
  CHECK(counted(metric::pushes_refused) == 2);
}

TEST_CASE_FIXTURE(
    channel_case,
    "all that a client sends counts for the socket, joins and heartbeats too; leaving is always possible") {
  limits().max_socket_rate = 1;
  limits().max_socket_burst = 3;
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto beat = ana.heartbeat();
  const auto ping = room.push_in("ping");
  settle();
  CHECK(ana.reply_to(beat) == reply(bennu::ok));
  CHECK(ana.reply_to(ping) == reply(bennu::ok));
  const auto refused = ana.heartbeat();
  settle();
  CHECK(ana.reply_to(refused) == reply(bennu::error, too_fast(1000)));
  CHECK(ana.assert_join_refused("room:2") == too_fast(1000));
  room.assert_reply(room.leave(), bennu::ok);
}

TEST_CASE_FIXTURE(channel_case, "malformed messages count for the rate too, if they are answered") {
  limits().max_socket_rate = 1;
  limits().max_socket_burst = 3;
  options().answer_malformed = true;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 5; ++i) ana.send_text("[");
  settle();
  CHECK(ana.frames().size() == 3);
  CHECK(counted(metric::messages_received) == 5);
  CHECK(counted(metric::pushes_refused) == 2);
  advance(1s);
  ana.send_text("[");
  settle();
  CHECK(ana.frames().size() == 4);
  CHECK(ana.is_open());
}

TEST_CASE_FIXTURE(channel_case, "a rate of 0 is no limit") {
  limits().max_socket_rate = limits().max_channel_rate = 0;
  limits().max_socket_burst = limits().max_channel_burst = 1;
  const auto room = connect<user_socket>().join("room:1");
  for (int i = 0; i < 100; ++i) room.assert_reply(room.push_in("ping"), bennu::ok);
}

// -- crash loops ------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a class that crashes again and again on one socket is left alone for a while") {
  limits().max_channel_crashes = 3;
  limits().channel_crash_period = 30s;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 3; ++i) {
    ana.join("room:1").push_in("crash");
    settle();
  }
  CHECK(ana.assert_join_refused("room:2") == payload{{"reason", "crashed too often"}, {"retry_after", 10'000}});
  CHECK(ana.join("other:1").at() == state::joined);
  CHECK(connect<user_socket>().join("room:1").at() == state::joined);
  CHECK(counted(metric::channel_crashes) == 3);
  CHECK(counted(metric::crash_loops) == 1);

  advance(10s);
  ana.join("room:1").push_in("crash");
  settle();
  ana.assert_join_refused("room:1");
  advance(1min);
  CHECK(ana.join("room:1").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a join that crashes does not count: its client tries less and less often by itself") {
  limits().max_channel_crashes = 2;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 10; ++i) ana.assert_join_refused("room:1", {{"crash", true}});
  CHECK(ana.join("room:1").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a flood of crashes is summed up in the log") {
  limits().max_channel_crashes = 1000;
  const auto ana = connect<user_socket>();
  for (int i = 0; i < 200; ++i) {
    ana.join("room:" + std::to_string(i)).push_in("crash");
    settle();
  }
  const auto lines = std::count_if(log().begin(), log().end(), [](const auto& l) { return l.starts_with("error: "); });
  CHECK(lines == bennu::logger::lines_a_window);
}

// -- memory -----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a callback that gets no memory costs its own channel, and nothing else") {
  const auto ana = connect<user_socket>();
  const auto room = ana.join("room:1");
  const auto other = ana.join("room:2");
  {
    const allocation_limit none{1 << 20};
    room.push_in("hoard");
    settle();
  }
  room.assert_ended(exit_reason::error("std::bad_alloc"));
  CHECK(counted(metric::failed_allocations) == 1);
  other.assert_reply(other.push_in("ping"), bennu::ok);
  CHECK(ana.join("room:1").at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a broadcast without memory for its frame is missed, and harms no client") {
  const auto room = connect<user_socket>().join("room:1");
  // In JSON it is six times as long.
  pubsub().broadcast("room:1", "shout", {{"text", std::string(600'000, '\x01')}});
  {
    const allocation_limit none{2 << 20};
    settle();
  }
  CHECK(log().back() == "warning: a client of room:1 misses the broadcast \"shout\": there is no memory for it");
  room.refute_push("shout");
  room.assert_reply(room.push_in("ping"), bennu::ok);
}

// -- what is counted --------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "clients that are sent away are counted by the reason") {
  limits().max_json_depth = 4;
  for (const auto* bad : {"[", R"([null,"1","phoenix","heartbeat",[[[[]]]]])"}) {
    const auto ana = connect<user_socket>();
    ana.send_text(bad);
    settle();
    ana.assert_closed(bennu::close_code::internal_error);
  }
  CHECK(counted(metric::messages_rejected) == 2);

  const auto bob = connect<user_socket>();
  bob.stop_heartbeats();
  advance(limits().idle_timeout);
  bob.assert_closed(bennu::close_code::going_away);
  CHECK(counted(metric::connections_idle) == 1);
  CHECK(counted(metric::slow_clients_closed) == 0);
  CHECK(counted(metric::sockets) == 0);
}

// -- rate and parsing -------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "the payload of a message that comes too soon is not read") {
  limits().max_socket_rate = 1;
  limits().max_socket_burst = 1;
  const auto ana = connect<user_socket>();
  ana.heartbeat();
  settle();
  ana.send_text(R"(["1","2","room:1","ping",{"a":[this is no JSON]}])");
  settle();
  CHECK(ana.is_open());
  CHECK(ana.frames().back() ==
        R"(["1","2","room:1","phx_reply",{"status":"error","response":{"reason":"rate limited","retry_after":1000}}])");
  ana.send_text(R"(["1","3","room:1",7)");  // no message at all
  ana.assert_closed(bennu::close_code::internal_error);
}
