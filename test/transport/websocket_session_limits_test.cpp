#include "../allocation_limit.hpp"
#include "websocket_session_case.hpp"

using namespace bennu::testing::websocket;
using namespace std::chrono_literals;
using bennu::close_code;
using bennu::message_kind;

TEST_CASE("a client that does not read loses its connection when its outbox is full, and memory stays bounded") {
  websocket_case f{false, [](bennu::limits& l) { l.max_outbox_bytes = 100'000; }};
  const std::string payload(10'000, 'x');
  const auto frame = bennu::frame::make(message_kind::text, payload);
  auto closed = f.said.closed.get_future();
  while (closed.wait_for(0s) != std::future_status::ready) f.on_loop([&] { f.session->send(frame); });
  CHECK(closed.get() == kind::overloaded);
  const auto all = f.receive_rest();
  CHECK(all.size() % 10'004 == 4);  // whole frames, then the close
  CHECK(all.substr(all.size() - 4) == f.close_frame(close_code::try_again_later));
}

TEST_CASE("a client that sends pings and does not read the pongs loses its connection as well") {
  websocket_case f{false, [](bennu::limits& l) { l.max_outbox_bytes = 100'000; }};
  auto closed = f.said.closed.get_future();
  const auto ping = f.frame(0x89, std::string(125, 'p'));
  for (std::size_t sent = 0; closed.wait_for(0s) != std::future_status::ready;) {
    const auto rest = std::string_view{ping}.substr(sent % ping.size());
    if (const auto n = write(f.client, rest.data(), rest.size()); n > 0) sent += static_cast<std::size_t>(n);
  }
  CHECK(closed.get() == kind::overloaded);
}

TEST_CASE("a compressed message that grows beyond the limit, or is none, ends the connection") {
  for (const auto& [payload, code] : {std::pair{bennu::deflate_message(std::string(5000, 'z')), close_code::too_big},
                                      std::pair{std::string{"\xff\xff"}, close_code::invalid_payload},
                                      std::pair{bennu::deflate_message("\xff"), close_code::invalid_payload}}) {
    websocket_case f{true, [](bennu::limits& l) { l.max_message_bytes = 1000; }};
    f.send(f.frame(0xc1, payload));
    const auto rest = f.receive_rest();
    REQUIRE(rest.size() > 4);
    CHECK(rest.substr(2, 2) == bennu::close_payload(code));
    CHECK(f.said.closed.get_future().get() == kind::rejected);
  }
}

TEST_CASE("a client that overflows its outbox is closed with the code that the message's rule names") {
  websocket_case f{false, [](bennu::limits& l) { l.max_outbox_bytes = 100'000; }};
  const auto frame = bennu::frame::make(message_kind::text, std::string(10'000, 'x'));
  const bennu::overflow rule{bennu::overflow::action::close, bennu::close_code{4321}};
  auto closed = f.said.closed.get_future();
  while (closed.wait_for(0s) != std::future_status::ready) f.on_loop([&] { f.session->send(frame, rule); });
  CHECK(closed.get() == kind::overloaded);
  const auto all = f.receive_rest();
  CHECK(all.substr(all.size() - 4) == f.close_frame(bennu::close_code{4321}));
}

TEST_CASE("half a message is freed as soon as its client has closed, and when its connection ends") {
  const std::string half{"\x01\xff\0\0\0\0\0\x0f\x42\x40\0\0\0\0", 14};  // of 1,000,000 bytes
  const std::string close{"\x88\x82\0\0\0\0\x03\xe8", 8};
  websocket_case f;
  const auto before = bennu::testing::allocated_bytes();
  f.send(half + std::string(900'000, 'x'));
  f.settle();
  CHECK(bennu::testing::allocated_bytes() > before + 900'000);
  SUBCASE("closed by the client in the middle of a message of several frames") {
    f.send(std::string(100'000, 'x') + close);
    CHECK(f.receive_rest() == f.close_frame(close_code::normal));
  }
  SUBCASE("ended, while its socket keeps the connection") {
    shutdown(f.client, SHUT_WR);
    f.said.closed.get_future().get();
  }
  f.settle();
  CHECK(bennu::testing::allocated_bytes() < before + 100'000);
}

TEST_CASE("a session ends with its connection, even within the client's time to close") {
  websocket_case f;
  f.on_loop([&] {
    f.shard.idle(f.limits.close_timeout);
    f.session->send(bennu::frame::make(message_kind::text, "x"));
  });
  CHECK(f.receive(3).size() == 3);
  const auto open = bennu::testing::allocated_bytes();
  f.on_loop([&] {
    f.session->close(close_code::going_away, kind::disconnected);
    f.session = nullptr;
  });
  CHECK(f.receive(4) == f.close_frame(close_code::going_away));
  f.send(f.frame(0x88, bennu::close_payload(close_code::going_away)));
  CHECK(f.receive_rest().empty());
  f.settle();
  CHECK(bennu::testing::allocated_bytes() < open);
}

TEST_CASE("a burst that the kernel takes loses nothing, however low the limit is") {
  websocket_case f{false, [](bennu::limits& l) { l.shed_outbox_messages = l.max_outbox_messages = 2; }};
  f.on_loop([&] {
    for (int i = 0; i < 100; ++i) {
      CHECK(f.session->send(bennu::frame::make(message_kind::text, "x"),
                            {bennu::overflow::action::drop_oldest, {}, 1}) == 0);
    }
  });
  CHECK(f.receive(300).size() == 300);
}

TEST_CASE("messages are dropped for a client that does not read, and its handler is told when it has caught up") {
  websocket_case f{false, [](bennu::limits& l) { l.shed_outbox_bytes = 100'000; }};
  const auto frame = bennu::frame::make(message_kind::text, std::string(10'000, 'x'));
  std::size_t sent = 0;
  std::size_t dropped = 0;
  while (dropped < 50) {
    f.on_loop([&] {
      dropped += f.session->send(frame, {bennu::overflow::action::drop_oldest, {}, 1});
      ++sent;
    });
  }
  CHECK(f.receive((sent - dropped) * 10'004).size() == (sent - dropped) * 10'004);
  f.said.caught_up.get_future().get();
  f.send(f.frame(0x89, "ping"));
  CHECK(f.receive(6) == "\x8a\x04ping");
}

TEST_CASE("a sender that asks for it is told when all that it has sent is written") {
  websocket_case f;
  const auto frame = bennu::frame::make(message_kind::text, "part");
  f.on_loop([&] {
    f.session->send(frame, {});
    f.session->await_sent();
  });
  CHECK(f.receive(6) == "\x81\x04part");
  f.said.caught_up.get_future().get();
}

TEST_CASE("a message that there is no memory for ends its own connection, and no other") {
  websocket_case victim;
  websocket_case other;
  const std::string head{"\x81\xff\0\0\0\0\0\x03\x0d\x40\0\0\0\0", 14};  // of 200,000 bytes
  const auto beginning = head + std::string(70'000, 'x');
  {
    const bennu::testing::allocation_limit none{60'000};
    victim.send(beginning);
    CHECK(victim.said.closed.get_future().get() == kind::overloaded);
    CHECK(victim.receive(4) == victim.close_frame(close_code::try_again_later));
    other.send(other.frame(0x89, "ping"));
    CHECK(other.receive(6) == "\x8a\x04ping");
  }
  victim.on_loop([&] { CHECK(victim.counts.value(bennu::metric::failed_allocations) == 1); });
}
