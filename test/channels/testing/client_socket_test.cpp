#include <string>

#include "kit_room.hpp"

using namespace bennu::testing;
using namespace kit;
using namespace std::chrono_literals;
using bennu::binary;
using bennu::close_code;
using bennu::json;
using bennu::payload;
using kind = bennu::exit_reason::kind;

// -- connecting -------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "a socket class accepts clients by the parameters and the request") {
  bennu::connect_info from;
  from.user_agent = "a browser";
  const auto room = connect<user_socket>({{"name", "ana"}}, from).join("room:1");
  CHECK(room.assigns()["name"] == json{"ana"});
  CHECK(room.assigns()["agent"] == json{"a browser"});
  const auto refusal = assert_refused<user_socket>();
  CHECK(refusal.status == 401);
  CHECK(refusal.body == "who are you?");
}

TEST_CASE_FIXTURE(channel_test, "a client that is refused, or accepted, against the expectation") {
  CHECK(said_by([&] { connect<user_socket>(); }) ==
        "expected the socket to accept the client, but it was answered 401 who are you?");
  CHECK(said_by([&] { assert_refused<user_socket>({{"name", "ana"}}); }) ==
        "expected the socket to refuse the client, but it accepted it");
}

TEST_CASE_FIXTURE(channel_test, "a socket class with arguments is mounted first") {
  CHECK(said_by([&] { connect<strict_socket>(); }) ==
        "the socket's class has no constructor without arguments: mount it first");
  mount<strict_socket>("sesame");
  assert_refused<strict_socket>({{"password", "please"}});
  connect<strict_socket>({{"password", "sesame"}}).join("room:1");
}

TEST_CASE_FIXTURE(channel_test, "a socket without a class has an id, assigns, and the given channel classes") {
  bennu::assigns known;
  known.set("name", "ana");
  const auto ana = socket("user:ana", known);
  CHECK(ana.join<room_channel>("room:1").assigns()["name"] == json{"ana"});
  ana.route<other_channel>("other:*").join("other:1");
  CHECK(said_by([&] { ana.join<other_channel>("room:2"); }) ==
        "the topics room:* of this socket are served by another class already");
  CHECK(said_by([&] { connect<user_socket>({{"name", "bob"}}).join<room_channel>("room:1"); }) ==
        "the client connected to a socket class, which selects the class for a topic itself: join without a class");
  broadcast("user:ana", "disconnect");
  ana.assert_closed(close_code::going_away);
}

// -- joining ----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "a join is accepted or refused, and its answer is available") {
  const auto ana = socket();
  CHECK(ana.join<room_channel>("room:1", {{"a", 1}}).join_reply() == bennu::reply(bennu::ok, {{"a", 1}}));
  CHECK(ana.assert_join_refused<room_channel>("room:private") == payload{{"reason", "unauthorized"}});
  CHECK(said_by([&] { ana.join("room:private"); }) ==
        "expected the join of room:private to be answered ok, got reply(error, {\"reason\":\"unauthorized\"})");
  CHECK(said_by([&] { ana.assert_join_refused("room:2"); }) ==
        "expected the join of room:2 to be answered error, got reply(ok, {})");
  const auto begun = ana.begin_join("room:3");
  CHECK(begun.at() == client_channel::state::joining);
  CHECK(begun.join_reply() == std::nullopt);
  settle();
  CHECK(begun.at() == client_channel::state::joined);
}

TEST_CASE_FIXTURE(channel_test, "joining again is a join of its own, and ends the one before") {
  const auto ana = socket();
  const auto before = ana.join<room_channel>("room:1");
  const auto after = ana.join<room_channel>("room:1");
  before.assert_ended(kind::duplicate_join);
  CHECK(before.at() == client_channel::state::closed);
  broadcast("room:1", "news");
  after.assert_push("news");
  before.refute_push("news");
}

// -- messages ---------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "both versions of the protocol are spoken") {
  const auto old = connect<user_socket>({{"name", "ana"}, {"vsn", "1.0.0"}});
  const auto room = old.join("room:1");
  room.assert_reply(room.push_in("echo", {{"n", 1}}), bennu::ok, {{"n", 1}});
  CHECK(old.frames().back().starts_with("{"));
  const auto reply = connect<user_socket>({{"name", "bob"}}).join("room:1");
  reply.assert_reply(reply.push_in("echo", binary{std::string{"\0\1", 2}}), bennu::ok, binary{std::string{"\0\1", 2}});
}

TEST_CASE_FIXTURE(channel_test, "bytes can be sent as they are, and pushes to no join") {
  const auto ana = connect<user_socket>({{"name", "ana"}});
  const auto ref = ana.push_in("room:1", "echo");
  settle();
  CHECK(ana.reply_to(ref) == bennu::reply(bennu::error, {{"reason", "unmatched topic"}}));
  ana.send_text("nonsense");
  ana.assert_closed(close_code::internal_error);
}

// -- ends -------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_test, "a client closes, or is cut off: its channels end either way") {
  const auto ana = socket().named("ana");
  const auto bob = socket().named("bob");
  const auto one = ana.join<room_channel>("room:1");
  const auto other = bob.join<room_channel>("room:1");
  CHECK(said_by([&] { ana.assert_closed(close_code::normal); }) == "expected ana to be closed with 1000, it is open");
  ana.close();
  bob.cut();
  one.assert_ended(kind::closed);
  other.assert_ended(kind::closed);
  ana.assert_closed(close_code::normal);
  CHECK_FALSE(bob.is_open());
  CHECK(bob.closed_with() == std::nullopt);
  CHECK(said_by([&] { bob.assert_closed(close_code::normal); }) ==
        "expected bob to be closed with 1000, it is cut off");
}

TEST_CASE_FIXTURE(channel_test, "messages that are under way when the network fails are lost in both directions") {
  const auto ana = socket();
  const auto room = ana.join<room_channel>("room:1");
  const auto bob = join<room_channel>("room:1");
  broadcast("room:1", "news");
  room.push_in("say", {{"text", "hi"}});
  ana.cut();
  settle();
  room.refute_pushes();
  bob.assert_push("news");
  bob.refute_pushes();
}

TEST_CASE_FIXTURE(channel_test, "messages to a client that does not read wait until it does") {
  const auto ana = socket();
  const auto room = ana.join<room_channel>("room:1");
  ana.stop_reading();
  broadcast("room:1", "news");
  room.refute_pushes();
  ana.resume_reading();
  room.assert_push("news");
}

TEST_CASE_FIXTURE(channel_test, "the limits hold for clients that connect after they were set") {
  limits().max_outbox_messages = 2;
  limits().max_channels_per_socket = 1;
  const auto ana = connect<user_socket>({{"name", "ana"}});
  ana.join("room:1");
  CHECK(ana.assert_join_refused("room:2") == payload{{"reason", "too many channels joined"}});
  const auto bob = socket();
  bob.join<room_channel>("room:1");
  bob.stop_reading();
  for (int i = 0; i < 3; ++i) broadcast("room:1", "news");
  settle();
  bob.resume_reading();
  bob.assert_closed(close_code::try_again_later);
}
