#include "websocket_session_case.hpp"

using namespace bennu::testing::websocket;
using namespace std::chrono_literals;
using bennu::close_code;
using bennu::message_kind;

TEST_CASE("messages go to the handler, and those sent in one turn arrive in order") {
  websocket_case f;
  f.send(f.frame(0x81, "one") + f.frame(0x81, "two"));
  f.on_loop([&] {
    for (const auto* text : {"a", "b", "c"}) f.session->send(bennu::frame::make(message_kind::text, text));
  });
  CHECK(f.receive(9) ==
        "\x81\x01"
        "a\x81\x01"
        "b\x81\x01"
        "c");
  f.send(f.frame(0x89, "ping"));
  CHECK(f.receive(6) == "\x8a\x04ping");
  f.on_loop([&] { CHECK(f.said.messages == std::vector<std::string>{"one", "two"}); });
}

TEST_CASE("a client that sends much at once is read again before it is answered, as long as more arrives") {
  websocket_case f;
  struct pushing final : bennu::connection_handler {
    explicit pushing(websocket_case& f) : test(f) {}
    void on_message(message_kind, std::string_view bytes) override {
      test.said.messages.emplace_back(bytes);
      test.session->send(bennu::frame::make(message_kind::text, bytes));
      if (bytes == "two") {
        // Posted tasks run in this turn, and tasks that they post in the next one.
        test.loop.post([this] { test.loop.post([this] { turn_is_over = true; }); });
        test.send(websocket_case::frame(0x81, "three"));
      }
      if (bytes == "three") heard_in_the_same_turn = !turn_is_over;
    }
    void when_handled(std::function<void()> done) override { done(); }
    void on_closed(kind why) override { test.said.closed.set_value(why); }
    websocket_case& test;
    bool turn_is_over = false;
    bool heard_in_the_same_turn = false;
  };
  auto owned = std::make_unique<pushing>(f);
  const auto& handler = *owned;
  f.on_loop([&] { f.session->set_handler(std::move(owned)); });
  f.send(f.frame(0x81, "one") + f.frame(0x81, "two"));
  CHECK(f.receive(2 + 3 + 2 + 3 + 2 + 5) == std::string{"\x81\x03one\x81\x03two\x81\x05three"});
  f.on_loop([&] { CHECK(handler.heard_in_the_same_turn); });
  CHECK(f.said.messages == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("a client that closes is answered, and the handler told") {
  websocket_case f;
  f.send(f.frame(0x88, bennu::close_payload(close_code::normal, "bye")));
  CHECK(f.receive_rest() == f.close_frame(close_code::normal));
  CHECK(f.said.closed.get_future().get() == kind::closed);
}

TEST_CASE("a client that closes and goes on sending gets our close frame all the same") {
  websocket_case f;
  f.send(f.frame(0x88, bennu::close_payload(close_code::normal)));
  CHECK(f.said.closed.get_future().get() == kind::closed);
  f.send(f.frame(0x81, "late"));
  CHECK(f.receive_rest() == f.close_frame(close_code::normal));
  f.on_loop([&] { CHECK(f.said.messages.empty()); });
}

TEST_CASE("a client that vanishes ends the session") {
  websocket_case f;
  shutdown(f.client, SHUT_WR);
  CHECK(f.said.closed.get_future().get() == kind::closed);
  CHECK(f.receive_rest().empty());
}

TEST_CASE("a session that the server closes sends a close frame, drops input, and ends when the client closes too") {
  websocket_case f;
  f.on_loop([&] {
    f.session->close(close_code::going_away, kind::disconnected);
    f.session->send(bennu::frame::make(message_kind::text, "too late"));
  });
  CHECK(f.said.closed.get_future().get() == kind::disconnected);
  f.send(f.frame(0x81, "ignored") + f.frame(0x88, bennu::close_payload(close_code::going_away)));
  CHECK(f.receive_rest() == f.close_frame(close_code::going_away));
  f.on_loop([&] { CHECK(f.said.messages.empty()); });
}

TEST_CASE("a client that does not answer our close is cut after a while") {
  websocket_case f{false, [](bennu::limits& l) { l.close_timeout = 1ms; }};
  f.on_loop([&] { f.session->close(close_code::going_away, kind::disconnected); });
  CHECK(f.receive_rest() == f.close_frame(close_code::going_away));
  f.on_loop([&] { CHECK(f.counts.value(bennu::metric::connections_cut) == 1); });
}

TEST_CASE("a client that breaks the protocol gets the reason, after the answers to its earlier messages") {
  websocket_case f;
  f.send(f.frame(0x89, "") + f.frame(0x83, "no such opcode"));
  const auto rest = f.receive_rest();
  CHECK(rest.substr(0, 2) == std::string_view{"\x8a\0", 2});
  CHECK(rest.substr(4, 2) == bennu::close_payload(close_code::protocol_error));
  CHECK(f.said.closed.get_future().get() == kind::rejected);
}

TEST_CASE("a client that sends nothing for too long is closed") {
  websocket_case f{false, [](bennu::limits& l) { l.idle_timeout = 20ms; }};
  CHECK(f.receive(4) == f.close_frame(close_code::going_away));
  CHECK(f.said.closed.get_future().get() == kind::inactive);
}

TEST_CASE("a session that drains is closed with service restart, once") {
  websocket_case f;
  f.on_loop([&] {
    CHECK(f.shard.sessions.front().drain());
    CHECK_FALSE(f.shard.sessions.front().drain());
  });
  CHECK(f.receive(4) == f.close_frame(close_code::service_restart));
  CHECK(f.said.closed.get_future().get() == kind::shutdown);
}

TEST_CASE("with compression messages are inflated, and long ones leave compressed") {
  websocket_case f{true};
  f.send(f.frame(0xc1, bennu::deflate_message("hello hello hello hello")) + f.frame(0x81, "plain"));
  const std::string text(1000, 'y');
  const auto frame = bennu::frame::make(message_kind::text, text);
  f.on_loop([&] {
    f.session->send(frame);
    f.session->send(bennu::frame::make(message_kind::text, "short"));
  });
  const auto head = f.receive(2);
  CHECK(static_cast<unsigned char>(head[0]) == 0xc1);
  bool too_big = false;
  const auto size = static_cast<unsigned char>(head[1]);
  CHECK(bennu::inflate_message(f.receive(size), 2000, too_big) == text);
  CHECK(f.receive(7) == "\x81\x05short");
  f.on_loop([&] { CHECK(f.said.messages == std::vector<std::string>{"hello hello hello hello", "plain"}); });
}
