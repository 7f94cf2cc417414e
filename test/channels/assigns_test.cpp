#include <bennu/channels/assigns.hpp>

#include <string>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;
using bennu::assigns;
using bennu::json;
using bennu::payload;

namespace {

struct account {
  std::string name;
};

class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("set", [](room_channel& self, const json& received) { self.assign("mood", received["mood"]); });
    on.in("rename", [](room_channel& self, const json& received) { self.assign(account{received.as_string("name")}); });
    on.in("who", [](room_channel& self, const payload&) {
      const auto* who = self.assigns().get<account>();
      return bennu::reply(
          bennu::ok, json{{"name", who != nullptr ? json{who->name} : json{}}, {"id", self.socket_id().value_or("")}});
    });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class user_socket final : public bennu::user_socket {
public:
  user_socket() {
    channel<room_channel>("room:*");
    channel<room_channel>("vip:*").assigns.set("vip", true);
  }
  bennu::connect_result connect(const json& params, const bennu::connect_info&, assigns& to) const override {
    to.set("user", params["user"]);
    to.set("vip", false);
    to.set(account{params.as_string("user")});
    return bennu::accept();
  }
  std::optional<std::string> id(const assigns& of) const override { return "user:" + of.get<account>()->name; }
};

}  // namespace

TEST_CASE("assigns keep JSON values by name, and other values by type") {
  assigns a;
  CHECK(a["user"].is_null());
  CHECK(a.get<account>() == nullptr);
  a.set("user", 7);
  a.set(account{"ana"});
  a.set(account{"bob"});
  CHECK(a["user"] == json{7});
  CHECK(a.get<account>()->name == "bob");
  CHECK(a.values() == json{{"user", 7}});
}

TEST_CASE("assigns that are merged in win") {
  assigns a;
  a.set("x", 1);
  a.set("y", 1);
  a.set(account{"ana"});
  assigns b;
  b.set("y", 2);
  b.set(account{"bob"});
  a.merge(b);
  CHECK(a.values() == json{{"x", 1}, {"y", 2}});
  CHECK(a.get<account>()->name == "bob");
}

TEST_CASE_FIXTURE(channel_case, "a channel has a copy of its socket's assigns, which those of its route replace") {
  const auto ana = connect<user_socket>({{"user", "ana"}});
  const auto room = ana.join("room:1");
  const auto vip = ana.join("vip:1");
  CHECK(room.assigns().values() == json{{"user", "ana"}, {"vip", false}});
  CHECK(vip.assigns().values() == json{{"user", "ana"}, {"vip", true}});
  room.assert_reply(room.push_in("who"), bennu::ok, {{"name", "ana"}, {"id", "user:ana"}});
}

TEST_CASE_FIXTURE(channel_case, "assigns of a channel are its own") {
  const auto ana = connect<user_socket>({{"user", "ana"}});
  const auto first = ana.join("room:1");
  const auto second = ana.join("room:2");
  first.push_in("set", {{"mood", "good"}});
  first.push_in("rename", {{"name", "anna"}});
  settle();
  CHECK(first.assigns()["mood"] == json{"good"});
  CHECK(second.assigns()["mood"].is_null());
  first.assert_reply(first.push_in("who"), bennu::ok, {{"name", "anna"}, {"id", "user:ana"}});
  second.assert_reply(second.push_in("who"), bennu::ok, {{"name", "ana"}, {"id", "user:ana"}});
}

TEST_CASE_FIXTURE(channel_case, "a join begins with the socket's assigns, without those of an earlier join") {
  const auto ana = connect<user_socket>({{"user", "ana"}});
  ana.join("room:1").push_in("set", {{"mood", "good"}});
  settle();
  CHECK(ana.join("room:1").assigns()["mood"].is_null());
}

TEST_CASE_FIXTURE(channel_case, "a test may assign values like a socket") {
  assigns given;
  given.set("user", "tom");
  given.set(account{"tom"});
  const auto room = socket("user:tom", given).join<room_channel>("room:1");
  CHECK(room.assigns()["user"] == json{"tom"});
  room.assert_reply(room.push_in("who"), bennu::ok, {{"name", "tom"}, {"id", "user:tom"}});
}
