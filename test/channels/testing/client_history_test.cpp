// The kit's clients keep positions, as pages do: they are cut, miss messages, come back, and get them.
#include <chrono>
#include <string>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::json;
using bennu::payload;

namespace {

class log_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<log_channel>& on) {
    on.history({.messages = 3, .age = 5min});
    on.in("say", [](log_channel& self, const payload& text) { self.broadcast("said", text); });
    on.out("whispered", [](log_channel& self, const json& text) { self.push("whispered", text); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class user_socket final : public bennu::user_socket {
public:
  user_socket() { channel<log_channel>("log:*"); }
  bennu::connect_result connect(const json& params, const bennu::connect_info&, bennu::assigns&) const override {
    if (params["user"] != json{"ana"} || !is_open) return bennu::deny();
    return bennu::accept();
  }
  static inline bool is_open = true;
};

const payload with_history{{"history", json::object{}}, {"color", "red"}};
expected_push said(int n) { return {"said", {{"n", n}}}; }

class history_case : public channel_case {
public:
  void say(int from, int to) {
    for (int n = from; n <= to; ++n) broadcast("log:1", "said", {{"n", n}});
    settle();
  }
};

}  // namespace

TEST_CASE_FIXTURE(history_case, "a client that was cut comes back, and gets exactly what it missed") {
  const auto socket = connect<user_socket>({{"user", "ana"}}).named("ana");
  const auto ana = socket.join("log:1", with_history);
  say(1, 2);
  ana.assert_pushes({said(1), said(2)});
  socket.cut();
  say(3, 5);
  const auto again = ana.rejoin(socket.reconnect());
  again.assert_recovered(3);
  say(6, 6);
  again.assert_pushes({said(3), said(4), said(5), said(6)});
  again.refute_pushes();
  ana.refute_pushes();
  CHECK(transcript().find(R"("color":"red")") != transcript().rfind(R"("color":"red")"));
}

TEST_CASE_FIXTURE(history_case, "by long poll too") {
  use(transport::long_poll);
  const auto socket = connect<user_socket>({{"user", "ana"}});
  const auto ana = socket.join("log:1", with_history);
  socket.cut();
  say(1, 2);
  const auto again = ana.rejoin(socket.reconnect());
  again.assert_recovered(2);
  again.assert_pushes({said(1), said(2)});
}

TEST_CASE_FIXTURE(history_case, "a client of a channel without a socket class comes back") {
  const auto socket = test_node::socket();
  const auto ana = socket.join<log_channel>("log:1", with_history);
  say(1, 1);
  const auto again = ana.rejoin(socket.reconnect());  // which cuts the first connection
  CHECK_FALSE(socket.is_open());
  again.assert_recovered(0);
  say(2, 2);
  again.assert_pushes({said(2)});
}

TEST_CASE_FIXTURE(history_case, "a client that was away for too long is told so") {
  const auto socket = connect<user_socket>({{"user", "ana"}});
  const auto ana = socket.join("log:1", with_history);
  say(1, 1);
  socket.cut();
  say(2, 5);
  const auto again = ana.rejoin(socket.reconnect());
  again.assert_lost(bennu::history_loss::expired);
  again.assert_pushes({said(3), said(4), said(5)});
  const auto line = again.rejoin(socket.reconnect());
  say(6, 6);
  advance(11min);
  line.assert_pushes({said(6)});
}

TEST_CASE_FIXTURE(history_case,
                  "the position moves with what is live, what an interceptor pushes, and while nothing is said") {
  const auto ana = connect<user_socket>({{"user", "ana"}}).join("log:1", with_history);
  const auto position_now = [&ana] { return std::string{ana.position()}; };
  const auto first = position_now();
  CHECK(first.starts_with('@'));
  say(1, 1);
  const auto second = position_now();
  CHECK(second != first);
  broadcast("log:1", "whispered", {{"n", 2}});
  ana.assert_pushes({said(1), {"whispered", {{"n", 2}}}});
  const auto third = position_now();
  CHECK(third != second);
  broadcast("log:1", "bytes", bennu::binary{"\x01"});
  settle();
  CHECK(ana.position() != third);
}

TEST_CASE_FIXTURE(history_case, "a client that joined without history has no position") {
  const auto socket = connect<user_socket>({{"user", "ana"}});
  const auto ana = socket.join("log:1");
  CHECK(ana.position().empty());
}

TEST_CASE("what is expected in vain is reported with what came") {
  channel_test test;
  const auto socket = test.socket();
  const auto ana = socket.join<log_channel>("log:1", with_history);
  const auto plain = test.socket().join<log_channel>("log:1");
  test.broadcast("log:1", "said", {{"n", 1}});
  CHECK_THROWS_WITH_AS(ana.assert_pushes({}), doctest::Contains("to receive exactly"), failure);
  CHECK_THROWS_AS(ana.assert_pushes({said(2)}), failure);
  CHECK_THROWS_AS(ana.assert_pushes({said(1), said(2)}), failure);
  CHECK_THROWS_AS(ana.assert_recovered(1), failure);
  CHECK_THROWS_AS(ana.assert_lost(bennu::history_loss::limit), failure);
  CHECK_THROWS_WITH_AS(plain.rejoin(socket), doctest::Contains("has no position"), failure);
  ana.assert_pushes({said(1)});
}

TEST_CASE("a client that is refused when it comes back is a failure") {
  channel_test test;
  const auto socket = test.connect<user_socket>({{"user", "ana"}});
  user_socket::is_open = false;
  CHECK_THROWS_WITH_AS(socket.reconnect(), doctest::Contains("answered 403"), failure);
  user_socket::is_open = true;
}
