#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "kit_room.hpp"

using namespace bennu::testing;
using namespace kit;
using namespace std::chrono_literals;
using bennu::binary;
using bennu::payload;
using kind = bennu::exit_reason::kind;

namespace {

/// Clients that poll.
struct polling_case : channel_test {
  explicit polling_case(const test_options& wanted = {}) : channel_test(wanted) { use(transport::long_poll); }
};

}  // namespace

TEST_CASE_FIXTURE(polling_case, "clients that poll join, push, are answered, and receive the messages of others") {
  const auto ana = join<room_channel>("room:1");
  const auto bob = connect<user_socket>({{"name", "bob"}}).join("room:1");
  ana.assert_reply(ana.push_in("echo", {{"n", 1}}), bennu::ok, {{"n", 1}});
  ana.push_in("say", {{"text", "hi"}});
  bob.assert_push("said", {{"text", "hi"}});
  bob.push_in("push", binary{"abc"});
  bob.assert_push("pushed");
  use(transport::websocket);
  join<room_channel>("room:1").push_in("say", {{"text", "ho"}});
  ana.assert_push("said", {{"text", "ho"}});
  ana.assert_reply(ana.leave(), bennu::ok);
  ana.assert_ended(kind::left);
}

TEST_CASE_FIXTURE(polling_case, "old clients poll too, and post one message at a time") {
  const auto ana = connect<user_socket>({{"name", "ana"}, {"vsn", "1.0.0"}}).join("room:1");
  std::vector<push_ref> refs;
  for (int i = 0; i < 5; ++i) refs.push_back(ana.push_in("echo", {{"i", i}}));
  settle();
  for (int i = 0; i < 5; ++i) ana.assert_reply(refs.at(static_cast<std::size_t>(i)), bennu::ok, {{"i", i}});
}

TEST_CASE_FIXTURE(polling_case, "more messages at once than one post may have go in several") {
  const auto ana = join<room_channel>("room:1");
  std::vector<push_ref> refs;
  for (int i = 0; i < 250; ++i) refs.push_back(ana.push_in("echo"));
  settle();
  for (const auto& ref : refs) REQUIRE(ana.reply_to(ref) == bennu::reply(bennu::ok));
}

TEST_CASE_FIXTURE(polling_case,
                  "a client that polls stays for hours, though its polls' windows pass and nothing is said") {
  const auto ana = socket();
  const auto room = ana.join<room_channel>("room:1");
  ana.stop_heartbeats();
  advance(24h);
  CHECK(ana.is_open());
  broadcast("room:1", "news");
  room.assert_push("news");
}

TEST_CASE_FIXTURE(polling_case,
                  "a client that polls no more is taken for gone 1.5 windows after its last poll was answered") {
  const auto ana = socket();
  const auto room = ana.join<room_channel>("room:1");
  ana.stop_reading();
  advance(limits().long_poll_window * 5 / 2 - 1ns);
  CHECK_FALSE(room.ended());
  advance(1ns);
  room.assert_ended(kind::inactive);
  ana.resume_reading();
  settle();
  CHECK_FALSE(ana.is_open());
}

TEST_CASE_FIXTURE(polling_case, "that a client is cut off, or has closed, is noticed after a while") {
  const auto ana = socket();
  const auto bob = socket();
  const auto one = ana.join<room_channel>("room:1");
  const auto other = bob.join<room_channel>("room:1");
  ana.cut();
  bob.close();
  CHECK_FALSE(ana.is_open());
  CHECK_FALSE(bob.is_open());
  advance(1s);
  CHECK_FALSE(one.ended());
  advance(1min);
  one.assert_ended(kind::inactive);
  other.assert_ended(kind::inactive);
}

TEST_CASE_FIXTURE(polling_case, "a server that sends a client away tells it with the next answer") {
  const auto ana = connect<user_socket>({{"name", "ana"}});
  const auto room = ana.join("room:1");
  broadcast("user:ana", "disconnect");
  settle();
  CHECK_FALSE(ana.is_open());
  room.assert_ended(kind::disconnected);
  const auto bob = connect<user_socket>({{"name", "bob"}});
  bob.send_text("nonsense");
  settle();
  CHECK_FALSE(bob.is_open());
}

TEST_CASE("messages keep their order for any order of polls and posts") {
  explore<polling_case>(100, {.faults = {.stalls = 50}}, [](polling_case& test) {
    const auto ana = test.join<room_channel>("room:1");
    for (std::int64_t n = 0; n < 20; ++n) {
      ana.push_in("push", {{"n", n}});
      test.run_some();
    }
    test.settle();
    std::int64_t next = 0;
    for (const auto& one : ana.received()) REQUIRE(one.payload == payload{{"n", next++}});
    REQUIRE(next == 20);
  });
}
