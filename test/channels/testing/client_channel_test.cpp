#include <string>

#include "kit_room.hpp"

using namespace bennu::testing;
using namespace kit;
using bennu::binary;
using bennu::json;
using bennu::payload;
using kind = bennu::exit_reason::kind;
using state = client_channel::state;

// -- pushes -----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "assert_push consumes the push that it finds, in order, and returns its payload") {
  const auto ana = join<room_channel>("room:1");
  for (const auto* text : {"one", "two", "one"}) ana.push_in("push", {{"text", text}});
  CHECK(ana.assert_push("pushed") == payload{{"text", "one"}});
  CHECK(ana.assert_push("pushed", {{"text", "one"}}) == payload{{"text", "one"}});
  ana.refute_push("pushed", {{"text", "one"}});
  CHECK(said_by([&] { ana.refute_pushes(); }) ==
        "expected client 1 in room:1 to receive nothing that was not asserted, got\n"
        "  push{\"room:1\", \"pushed\", {\"text\":\"one\"}} (asserted before)\n"
        "  push{\"room:1\", \"pushed\", {\"text\":\"two\"}}\n"
        "  push{\"room:1\", \"pushed\", {\"text\":\"one\"}} (asserted before)\n");
  ana.assert_push("pushed", including({{"text", "two"}}));
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(channel_test,
                  "a push that did not come: what was expected, all that arrived, the position, and the events") {
  const auto ana = socket().named("ana").join<room_channel>("room:1");
  const auto bob = socket().named("bob").join<room_channel>("room:1");
  ana.push_in("push", {{"text", "rain"}});
  bob.push_in("say", binary{"\x01\xff"});
  ana.assert_push("pushed");
  const auto line = std::to_string(__LINE__ + 1);
  const auto said = failure_of([&] { ana.assert_push("pushed", {{"text", "snow"}}); });
  CHECK(said.starts_with(std::string{__FILE__} + ":" + line +
                         ": expected ana in room:1 to receive \"pushed\" {\"text\":\"snow\"}, got\n"
                         "  push{\"room:1\", \"pushed\", {\"text\":\"rain\"}} (asserted before)\n"
                         "  push{\"room:1\", \"said\", <2 bytes: 01 ff>}\n"
                         "\nevents:\n"
                         "0 ms  ana -> [\"1\",\"1\",\"room:1\",\"phx_join\",{}]\n"
                         "0 ms  ana <- [\"1\",\"1\",\"room:1\",\"phx_reply\","));
  CHECK(said.find("0 ms  ana <- [\"1\",null,\"room:1\",\"pushed\",{\"text\":\"rain\"}]\n") != said.npos);
  CHECK(said.find("0 ms  bob -> <") != said.npos);

  CHECK(said_by([&] { bob.assert_push("pushed"); }) ==
        "expected bob in room:1 to receive \"pushed\", got\n"
        "  push{\"room:1\", \"said\", <2 bytes: 01 ff>}\n");
  CHECK(said_by([&] { join<room_channel>("room:2").assert_push("pushed", including({{"n", 1}})); }) ==
        "expected client 3 in room:2 to receive \"pushed\" at least {\"n\":1}, got\n  nothing\n");
  CHECK(said_by([&] { bob.refute_push("said"); }).starts_with("expected bob in room:1 not to receive \"said\", got\n"));
  CHECK(said_by([&] {
          bob.refute_push("said", binary{"\x01\xff"});
        }).starts_with("expected bob in room:1 not to receive \"said\" <2 bytes: 01 ff>, got\n"));
}

TEST_CASE_FIXTURE(channel_test, "that nothing was pushed is known at once, though it may be pushed later") {
  const auto ana = join<room_channel>("room:1");
  ana.push_in("later", {{"ms", 1}});
  ana.refute_push("reminder");
  CHECK(now() == now().zero());
  advance(std::chrono::milliseconds{1});
  ana.assert_push("reminder");
}

// -- replies ----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "a reply is found by the push that it answers, as often as one asks") {
  const auto ana = join<room_channel>("room:1");
  const auto first = ana.push_in("echo", {{"n", 1}, {"m", 2}});
  const auto second = ana.push_in("echo", binary{"abc"});
  CHECK(ana.reply_to(first) == std::nullopt);
  CHECK(ana.assert_reply(second, bennu::ok) == payload{binary{"abc"}});
  ana.assert_reply(first, bennu::ok, {{"m", 2}, {"n", 1}});
  ana.assert_reply(first, bennu::ok, including({{"n", 1}}));
  ana.refute_reply(first, bennu::error);
  ana.refute_reply(first, bennu::ok, {{"n", 1}});
  ana.refute_reply(ana.push_in("push"));
  CHECK(ana.replies_to(first) == std::vector{bennu::reply(bennu::ok, {{"n", 1}, {"m", 2}})});
}

TEST_CASE_FIXTURE(channel_test, "a reply that did not come, or came and should not") {
  const auto ana = join<room_channel>("room:1");
  const auto ref = ana.push_in("echo", {{"n", 1}});
  const auto got = std::string{", got\n  reply(ok, {\"n\":1})\n"};
  CHECK(said_by([&] { ana.assert_reply(ref, bennu::error); }) ==
        "expected client 1 in room:1 to be answered error to push 2" + got);
  CHECK(said_by([&] { ana.assert_reply(ref, bennu::ok, {{"n", 2}}); }) ==
        "expected client 1 in room:1 to be answered ok {\"n\":2} to push 2" + got);
  CHECK(said_by([&] { ana.refute_reply(ref); }) == "expected client 1 in room:1 not to be answered to push 2" + got);
  CHECK(said_by([&] { ana.refute_reply(ref, bennu::ok, including({{"n", 1}})); }) ==
        "expected client 1 in room:1 not to be answered ok at least {\"n\":1} to push 2" + got);
  CHECK(said_by([&] { ana.assert_reply(ana.push_in("push"), bennu::ok); }) ==
        "expected client 1 in room:1 to be answered ok to push 3, got\n  nothing\n");
}

// -- the server's end -------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "assigns, the object, its messages and its actor can be reached") {
  const auto ana = join<room_channel>("room:1");
  ana.push_in("rename", {{"to", "ana"}});
  settle();
  CHECK(ana.assigns()["name"] == json{"ana"});
  CHECK(ana.object<room_channel>().number == 42);
  ana.send(std::string{"hello"});
  ana.assert_push("told", {{"text", "hello"}});
  CHECK(ana.actor() == ana.actor());
  CHECK(
      said_by([&] { ana.object<other_channel>(); }).starts_with("the channel of client 1 in room:1 is of the class "));
}

TEST_CASE_FIXTURE(channel_test, "ends of channels, and the message for a channel that has not ended") {
  const auto ana = socket();
  const auto left = ana.join<room_channel>("room:1");
  const auto stopped = ana.join<room_channel>("room:2");
  const auto killed = ana.join<room_channel>("room:3");
  const auto asked = ana.join<room_channel>("room:4");
  CHECK(said_by([&] { left.assert_ended(kind::left); }) ==
        "expected the channel of client 1 in room:1 to have ended with left, it lives");
  left.leave();
  CHECK(left.at() == state::leaving);
  stopped.push_in("stop");
  killed.kill();
  asked.exit(bennu::exit_reason::error("boom"));
  left.assert_ended(kind::left);
  stopped.assert_ended(bennu::normal);
  killed.assert_ended(kind::killed);
  asked.assert_ended(bennu::exit_reason::error("boom"));
  CHECK(left.at() == state::closed);
  CHECK(stopped.at() == state::closed);
  CHECK(killed.at() == state::errored);
  CHECK(asked.at() == state::errored);
  CHECK(said_by([&] { asked.assert_ended(bennu::normal); }) ==
        "expected the channel of client 1 in room:4 to have ended with normal, it ended with error: boom");
}

TEST_CASE_FIXTURE(channel_test, "a join that the server knows nothing of has no channel to look at") {
  const auto lost = connect<user_socket>({{"name", "ana"}}).begin_join("nowhere:1");
  settle();
  CHECK(lost.join_reply() == bennu::reply(bennu::error, {{"reason", "unmatched topic"}}));
  CHECK(said_by([&] { (void)lost.assigns(); }) ==
        "expected a channel that serves client 1 in nowhere:1: the server has started none");
}
