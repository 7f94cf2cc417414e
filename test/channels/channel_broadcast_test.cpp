#include <bennu/channels/testing/channel_case.hpp>

#include <string>
#include <utility>

using namespace bennu::testing;
using bennu::binary;
using bennu::json;
using bennu::payload;
using bennu::reply;

namespace {

class room final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room>& on) {
    on.in("shout", [](room& self, payload content) {
      self.broadcast("shout", std::move(content));
      return reply(bennu::ok);
    });
    on.in("shout_from", [](room& self, payload content) { self.broadcast_from("shout", std::move(content)); });
    on.in("shout_to",
          [](room& self, const json& content) { self.broadcast_to(content.as_string("topic"), "shout", {{"n", 1}}); });
    on.in("shout_text", [](room& self, const payload&) { self.broadcast("shout", json{"text"}); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class lobby_socket final : public bennu::user_socket {
public:
  lobby_socket() { channel<room>("room:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a broadcast reaches all members of its topic, and no others") {
  const auto ana = join<room>("room:1");
  const auto bob = join<room>("room:1");
  const auto eve = join<room>("room:2");
  ana.push_in("shout", {{"n", 1}});
  ana.assert_push("shout", {{"n", 1}});
  bob.assert_push("shout", {{"n", 1}});
  eve.refute_pushes();
  assert_broadcast("room:1", "shout", {{"n", 1}});
  refute_broadcast("room:2", "shout");
}

TEST_CASE_FIXTURE(channel_case, "a broadcast out of a push reaches its own sender before the reply") {
  const auto ana = socket();
  const auto in_room = ana.join<room>("room:1");
  in_room.push_in("shout", {{"n", 1}});
  settle();
  REQUIRE(ana.frames().size() == 3);
  CHECK(ana.frames()[1] == R"([null,null,"room:1","shout",{"n":1}])");
  CHECK(ana.frames()[2] == R"(["1","2","room:1","phx_reply",{"status":"ok","response":{}}])");
}

TEST_CASE_FIXTURE(channel_case, "broadcast_from spares the sender's channel, and no other of the same user") {
  const auto id = std::string{"user:1"};
  const auto desk = socket(id).join<room>("room:1");
  const auto phone = socket(id).join<room>("room:1");
  desk.push_in("shout_from", {{"n", 1}});
  phone.assert_push("shout", {{"n", 1}});
  desk.refute_pushes();

  broadcast_from(phone, "room:1", "news");
  desk.assert_push("news");
  phone.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a channel may broadcast to another topic") {
  const auto ana = join<room>("room:1");
  const auto bob = join<room>("room:2");
  ana.push_in("shout_to", {{"topic", "room:2"}});
  bob.assert_push("shout", {{"n", 1}});
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a broadcast may be bytes, which a client of version 2 gets as bytes") {
  const auto ana = socket();
  const auto in_room = ana.join<room>("room:1");
  broadcast("room:1", "bytes", binary{{"\0\x01", 2}});
  in_room.assert_push("bytes", binary{{"\0\x01", 2}});
  CHECK(ana.frames().back() == std::string{"\x02\x06\x05room:1bytes\0\x01", 16});
}

TEST_CASE_FIXTURE(channel_case, "a broadcast must be an object or bytes; any other payload crashes the channel") {
  const auto ana = join<room>("room:1");
  ana.push_in("shout_text");
  settle();
  REQUIRE(ana.ended());
  CHECK(std::string{ana.ended()->text()}.find("must be a JSON object or binary, got string") != std::string::npos);
  refute_broadcast("room:1", "shout");
}

TEST_CASE_FIXTURE(channel_case, "a channel whose client uses version 1 may broadcast any JSON") {
  const auto ana = connect<lobby_socket>({{"vsn", "1.0.0"}});
  const auto old = ana.join("room:1");
  const auto bob = connect<lobby_socket>().join("room:1");
  old.push_in("shout_text");
  settle();
  CHECK(ana.frames().back() == R"({"event":"shout","payload":"text","ref":null,"topic":"room:1"})");
  bob.refute_pushes();
  const auto warning = log().back();
  CHECK(warning.find("clients of room:1 miss the broadcast \"shout\"") != std::string::npos);
  CHECK_FALSE(old.ended());
}

TEST_CASE_FIXTURE(channel_case, "a client that has left, or has not joined yet, gets no broadcast") {
  const auto ana = join<room>("room:1");
  const auto bob = socket();
  broadcast("room:1", "first");
  const auto in_room = bob.join<room>("room:1");
  broadcast("room:1", "second");
  settle();
  in_room.leave();
  settle();
  broadcast("room:1", "third");
  settle();
  CHECK(in_room.received() == std::vector{push{"room:1", "second", {}}});
  CHECK(ana.received().size() == 3);
}
