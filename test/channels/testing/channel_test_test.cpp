#include <chrono>
#include <string>
#include <vector>

#include <bennu/channels/presence.hpp>

#include "kit_room.hpp"

using namespace bennu::testing;
using namespace kit;
using namespace std::chrono_literals;
using bennu::close_code;
using bennu::payload;
using kind = bennu::exit_reason::kind;

namespace {

std::vector<std::string> events_of(const client_channel& of) {
  std::vector<std::string> all;
  for (const auto& one : of.received()) all.push_back(one.event);
  return all;
}

/// Sends itself a message for every one that it gets.
class restless_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<restless_channel>& on) {
    on.info([](restless_channel& self, const int& number) { self.send_self(number); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

}  // namespace

// -- time -------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "time stands still until it is moved, and then all happens in order") {
  const auto ana = join<room_channel>("room:1");
  for (const auto ms : {3000, 1000, 2000}) ana.push_in("later", {{"ms", ms}});
  settle();
  CHECK(now() == 0s);
  advance(999ms);
  ana.refute_pushes();
  advance(1ms);
  ana.assert_push("reminder", {{"ms", 1000}});
  advance(10s);
  CHECK(now() == 11s);
  ana.assert_push("reminder", {{"ms", 2000}});
  ana.assert_push("reminder", {{"ms", 3000}});
  CHECK(ana.received().at(1).payload == payload{{"ms", 2000}});
}

TEST_CASE_FIXTURE(channel_test,
                  "a day of heartbeats: a client that sends them stays, a silent one is gone after a minute") {
  const auto ana = socket();
  const auto bob = socket();
  bob.stop_heartbeats();
  const auto began = std::chrono::steady_clock::now();
  advance(60s - 1ns);
  CHECK(bob.is_open());
  advance(1ns);
  bob.assert_closed(close_code::going_away);
  advance(24h);
  CHECK(ana.is_open());
  CHECK(ana.frames().size() == 24 * 60 * 2 + 2);
  CHECK(std::chrono::steady_clock::now() - began <
        10s);  // of real time; without waiting, it takes tens of milliseconds
}

TEST_CASE_FIXTURE(channel_test,
                  "a delayed message, an idle timeout and a held-back presence diff come in their order") {
  bennu::presence_options wanted;
  wanted.diff_window = 40s;
  auto& here = provide<bennu::presence>(pubsub(), actors(), wanted);
  const auto ana = join<room_channel>("room:1");
  const auto silent = socket();
  const auto bob = silent.join<room_channel>("room:1");
  silent.stop_heartbeats();
  here.track(bob.actor(), "room:1", "bob");
  for (const auto ms : {39'000, 41'000, 59'000, 101'000}) ana.push_in("later", {{"ms", ms}});
  advance(2min);
  CHECK(events_of(ana) ==
        std::vector<std::string>{"reminder", "presence_diff", "reminder", "reminder", "presence_diff", "reminder"});
  bob.assert_ended(kind::inactive);
}

TEST_CASE_FIXTURE(channel_test, "rates are measured in the test's time, and so are the periods of the log") {
  limits().max_channel_rate = 1;
  limits().max_channel_burst = 1;
  const auto ana = join<room_channel>("room:1");
  ana.assert_reply(ana.push_in("echo"), bennu::ok);
  ana.assert_reply(ana.push_in("echo"), bennu::error, {{"reason", "rate limited"}, {"retry_after", 1000}});
  advance(1s);
  ana.assert_reply(ana.push_in("echo"), bennu::ok);
}

// -- order ------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "step lets one thing happen, settle all") {
  const auto room = socket().begin_join<room_channel>("room:1");
  std::size_t steps = 0;
  while (step()) ++steps;
  CHECK(steps > 0);
  CHECK(room.at() == client_channel::state::joined);
}

TEST_CASE_FIXTURE(channel_test, "a test that never settles fails with this reason" * doctest::timeout(300)) {
  const auto room = join<restless_channel>("room:1");
  room.send(1);
  CHECK(said_by([&] { settle(); }).starts_with("the test does not settle: after "));
  room.kill();
}

// -- jobs -------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "jobs run at once, or when the test lets them") {
  const auto ana = join<room_channel>("room:1");
  ana.assert_reply(ana.push_in("work"), bennu::ok);
  hold_jobs();
  const auto first = ana.push_in("work");
  const auto bob = join<room_channel>("room:1");
  const auto second = bob.push_in("work");
  settle();
  CHECK(held_jobs() == 2);
  ana.refute_reply(first);
  run_job();
  ana.assert_reply(first, bennu::ok, {{"done", true}});
  bob.refute_reply(second);
  release_jobs();
  bob.assert_reply(second, bennu::ok);
  CHECK(said_by([&] { run_job(); }) == "expected a job that waits, there is none");
}

// -- broadcasts -------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "the server broadcasts: to all, to all but one, to those that intercept") {
  const auto ana = join<room_channel>("room:1");
  const auto bob = join<room_channel>("room:1");
  broadcast("room:1", "news", {{"n", 1}});
  broadcast_from(ana, "room:1", "news", {{"n", 2}});
  broadcast("room:1", "seen", {{"n", 3}});
  CHECK(events_of(ana).empty());
  settle();
  CHECK(events_of(ana) == std::vector<std::string>{"news", "intercepted"});
  CHECK(events_of(bob) == std::vector<std::string>{"news", "news", "intercepted"});
}

TEST_CASE_FIXTURE(channel_test, "broadcasts of a topic can be asserted, once it is watched or joined") {
  watch("news");
  broadcast("news", "rain", {{"mm", 3}, {"where", "here"}});
  CHECK(assert_broadcast("news", "rain", including({{"mm", 3}})) == payload{{"mm", 3}, {"where", "here"}});
  refute_broadcast("news", "rain");
  CHECK(said_by([&] { assert_broadcast("news", "rain", {{"mm", 4}}); }) ==
        "expected the broadcast \"rain\" {\"mm\":4} to news, got\n"
        "  push{\"news\", \"rain\", {\"mm\":3,\"where\":\"here\"}} (asserted before)\n");
  const auto ana = join<room_channel>("room:1");
  ana.push_in("say", {{"text", "hi"}});
  CHECK(said_by([&] { refute_broadcast("room:1", "said"); }) ==
        "expected no broadcast \"said\" to room:1, got\n  push{\"room:1\", \"said\", {\"text\":\"hi\"}}\n");
  refute_broadcast("room:1", "said", {{"text", "ho"}});
  assert_broadcast("room:1", "said");
}

// -- the events -----------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "the transcript has messages both ways, warnings, ends, and no heartbeats") {
  const auto ana = socket().named("ana");
  const auto room = ana.join<room_channel>("room:1");
  advance(90s);
  room.push_in("unknown");
  settle();
  CHECK(transcript() ==
        "0 ms  ana -> [\"1\",\"1\",\"room:1\",\"phx_join\",{}]\n"
        "0 ms  ana <- [\"1\",\"1\",\"room:1\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]\n"
        "90000 ms  ana -> [\"1\",\"5\",\"room:1\",\"unknown\",{}]\n"
        "90000 ms  log error: kit::room_channel (room:*), in \"unknown\": channel room:1 crashed: unhandled event\n"
        "90000 ms  channel room:1 of join \"1\" ended: error: unhandled event\n"
        "90000 ms  ana <- [\"1\",\"1\",\"room:1\",\"phx_error\",{\"reason\":\"channel_crash\"}]\n");
  CHECK(log().back() == "error: kit::room_channel (room:*), in \"unknown\": channel room:1 crashed: unhandled event");
}
