#include <bennu/transport/internal/websocket_session.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/log.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/deflate.hpp>

#include "../allocation_limit.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::chrono_literals;
using bennu::close_code;
using bennu::message_kind;
using kind = bennu::exit_reason::kind;

namespace {

/// The calls of a session's handler. The promise is fulfilled at the end.
struct heard {
  std::vector<std::string> messages;
  std::promise<kind> closed;
  std::promise<void> caught_up;
};

class recording_handler final : public bennu::connection_handler {
public:
  explicit recording_handler(heard& to) : to_(to) {}
  void on_message(message_kind, std::string_view bytes) override { to_.messages.emplace_back(bytes); }
  void when_handled(std::function<void()> done) override { done(); }
  void on_caught_up() override { to_.caught_up.set_value(); }
  void on_closed(kind why) override { to_.closed.set_value(why); }

private:
  heard& to_;
};

/// A session on a running loop, and the client's end of its connection.
class fixture {
public:
  explicit fixture(bool deflate = false, const std::function<void(bennu::limits&)>& change = {},
                   bennu::event_loop::clock_source clock = bennu::event_loop::clock_source::system)
      : loop(0, clock) {
    if (change) change(limits);
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    client = fds[1];
    on_loop([&] {
      struct nobody final : bennu::event_loop::watcher {
        void on_ready(std::uint32_t) override {}
      };
      static nobody before;
      loop.watch(fds[0], 0, before);
      session = bennu::websocket_session::start(shard, bennu::stream{bennu::unique_fd{fds[0]}},
                                                std::move(*count.add("test")), limits, deflate, "hello");
      session->set_handler(std::make_unique<recording_handler>(said));
    });
    CHECK(receive(5) == "hello");
  }
  ~fixture() {
    close(client);
    count.await_none(10s);
    on_loop([&] { session = nullptr; });
    loop.stop();
    thread.join();
  }

  void on_loop(const std::function<void()>& what) {
    std::promise<void> done;
    loop.post([&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }

  /// A client's frame, masked with zeros.
  static std::string frame(int first, std::string_view payload) {
    REQUIRE(payload.size() < 126);
    std::string wire{static_cast<char>(first), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
    return wire.append(payload);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd p{client, POLLOUT, 0};
      REQUIRE(poll(&p, 1, 10'000) == 1);
      const auto n = write(client, bytes.data(), bytes.size());
      REQUIRE(n > 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Waits until the session has handled all that was sent to it, and has written all that was due.
  void settle() {
    for (int turn = 0; turn < 3; ++turn) on_loop([] {});
  }
  /// Lets time pass, with a manual clock: each timer has a turn of its own.
  void pass(bennu::event_loop::clock::duration time) {
    const auto until = loop.now() + time;
    for (bool more = true; more;) {
      on_loop([&] {
        const auto due = loop.next_timer();
        more = due && *due <= until;
        loop.set_time(more ? std::max(*due, loop.now()) : until);
        loop.run_one_timer();
      });
    }
    settle();
  }

  /// The next bytes from the server, or those that arrived until the end of the connection.
  std::string receive(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      pollfd p{client, POLLIN, 0};
      REQUIRE(poll(&p, 1, 10'000) == 1);
      std::array<char, 65536> part;
      const auto n = read(client, part.data(), std::min(part.size(), size - all.size()));
      if (n <= 0) break;
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
  std::string receive_rest() { return receive(SIZE_MAX); }

  static std::string close_frame(close_code code, std::string_view reason = {}) {
    const auto payload = bennu::close_payload(code, reason);
    return std::string{static_cast<char>(0x88), static_cast<char>(payload.size())} + payload;
  }

  bennu::limits limits;
  heard said;
  bennu::logger log{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};
  bennu::connection_count count{10, 10};
  bennu::event_loop loop;
  bennu::metrics counts{{&loop}};
  bennu::io_shard shard{loop, log, counts};
  std::thread thread{[this] { loop.run(nullptr); }};
  bennu::ref<bennu::websocket_session> session;
  int client = -1;
};

}  // namespace

TEST_CASE("messages go to the handler, and those sent in one turn arrive in order") {
  fixture f;
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
  fixture f;
  struct pushing final : bennu::connection_handler {
    explicit pushing(fixture& f) : test(f) {}
    void on_message(message_kind, std::string_view bytes) override {
      test.said.messages.emplace_back(bytes);
      test.session->send(bennu::frame::make(message_kind::text, bytes));
      if (bytes == "two") {
        // Posted tasks run in this turn, and tasks that they post in the next one.
        test.loop.post([this] { test.loop.post([this] { turn_is_over = true; }); });
        test.send(fixture::frame(0x81, "three"));
      }
      if (bytes == "three") heard_in_the_same_turn = !turn_is_over;
    }
    void when_handled(std::function<void()> done) override { done(); }
    void on_closed(kind why) override { test.said.closed.set_value(why); }
    fixture& test;
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
  fixture f;
  f.send(f.frame(0x88, bennu::close_payload(close_code::normal, "bye")));
  CHECK(f.receive_rest() == f.close_frame(close_code::normal));
  CHECK(f.said.closed.get_future().get() == kind::closed);
}

TEST_CASE("a client that closes and goes on sending gets our close frame all the same") {
  fixture f;
  f.send(f.frame(0x88, bennu::close_payload(close_code::normal)));
  CHECK(f.said.closed.get_future().get() == kind::closed);
  f.send(f.frame(0x81, "late"));
  CHECK(f.receive_rest() == f.close_frame(close_code::normal));
  f.on_loop([&] { CHECK(f.said.messages.empty()); });
}

TEST_CASE("a client that vanishes ends the session") {
  fixture f;
  shutdown(f.client, SHUT_WR);
  CHECK(f.said.closed.get_future().get() == kind::closed);
  CHECK(f.receive_rest().empty());
}

TEST_CASE("a session that the server closes sends a close frame, drops input, and ends when the client closes too") {
  fixture f;
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
  fixture f{false, [](bennu::limits& l) { l.close_timeout = 1ms; }};
  f.on_loop([&] { f.session->close(close_code::going_away, kind::disconnected); });
  CHECK(f.receive_rest() == f.close_frame(close_code::going_away));
  f.on_loop([&] { CHECK(f.counts.value(bennu::metric::connections_cut) == 1); });
}

TEST_CASE("a client that breaks the protocol gets the reason, after the answers to its earlier messages") {
  fixture f;
  f.send(f.frame(0x89, "") + f.frame(0x83, "no such opcode"));
  const auto rest = f.receive_rest();
  CHECK(rest.substr(0, 2) == std::string_view{"\x8a\0", 2});
  CHECK(rest.substr(4, 2) == bennu::close_payload(close_code::protocol_error));
  CHECK(f.said.closed.get_future().get() == kind::rejected);
}

TEST_CASE("a client that does not read loses its connection when its outbox is full, and memory stays bounded") {
  fixture f{false, [](bennu::limits& l) { l.max_outbox_bytes = 100'000; }};
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
  fixture f{false, [](bennu::limits& l) { l.max_outbox_bytes = 100'000; }};
  auto closed = f.said.closed.get_future();
  const auto ping = f.frame(0x89, std::string(125, 'p'));
  for (std::size_t sent = 0; closed.wait_for(0s) != std::future_status::ready;) {
    const auto rest = std::string_view{ping}.substr(sent % ping.size());
    if (const auto n = write(f.client, rest.data(), rest.size()); n > 0) sent += static_cast<std::size_t>(n);
  }
  CHECK(closed.get() == kind::overloaded);
}

TEST_CASE("a client that sends nothing for too long is closed") {
  fixture f{false, [](bennu::limits& l) { l.idle_timeout = 20ms; }};
  CHECK(f.receive(4) == f.close_frame(close_code::going_away));
  CHECK(f.said.closed.get_future().get() == kind::inactive);
}

TEST_CASE("a session that drains is closed with service restart, once") {
  fixture f;
  f.on_loop([&] {
    CHECK(f.shard.sessions.front().drain());
    CHECK_FALSE(f.shard.sessions.front().drain());
  });
  CHECK(f.receive(4) == f.close_frame(close_code::service_restart));
  CHECK(f.said.closed.get_future().get() == kind::shutdown);
}

TEST_CASE("with compression messages are inflated, and long ones leave compressed") {
  fixture f{true};
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

TEST_CASE("a compressed message that grows beyond the limit, or is none, ends the connection") {
  for (const auto& [payload, code] : {std::pair{bennu::deflate_message(std::string(5000, 'z')), close_code::too_big},
                                      std::pair{std::string{"\xff\xff"}, close_code::invalid_payload},
                                      std::pair{bennu::deflate_message("\xff"), close_code::invalid_payload}}) {
    fixture f{true, [](bennu::limits& l) { l.max_message_bytes = 1000; }};
    f.send(f.frame(0xc1, payload));
    const auto rest = f.receive_rest();
    REQUIRE(rest.size() > 4);
    CHECK(rest.substr(2, 2) == bennu::close_payload(code));
    CHECK(f.said.closed.get_future().get() == kind::rejected);
  }
}

TEST_CASE("while a session is paused, its client's bytes stay in the network, and the client does not count as idle") {
  fixture f{false, [](bennu::limits& l) { l.idle_timeout = 20ms; }};
  f.on_loop([&] { f.session->pause(true); });
  f.send(f.frame(0x81, "one") + f.frame(0x81, "two"));
  f.on_loop([] {});
  f.on_loop([&] {
    CHECK(f.said.messages.empty());
    f.session->send(bennu::frame::make(message_kind::text, "still sent"));
  });
  CHECK(f.receive(12) == "\x81\x0astill sent");
  f.on_loop([&] { f.session->pause(false); });
  f.on_loop([&] { CHECK(f.said.messages == std::vector<std::string>{"one", "two"}); });
}

TEST_CASE("a paused session whose client has hung up ends after the idle timeout") {
  fixture f{false, [](bennu::limits& l) { l.idle_timeout = 20ms; }};
  f.on_loop([&] { f.session->pause(true); });
  f.send(f.frame(0x81, "not heard"));
  shutdown(f.client, SHUT_WR);
  CHECK(f.said.closed.get_future().get() == kind::inactive);
}

TEST_CASE("a paused session that closes reads the client's close frame") {
  fixture f;
  f.on_loop([&] {
    f.session->pause(true);
    f.session->close(close_code::going_away, kind::disconnected);
  });
  CHECK(f.receive(4) == f.close_frame(close_code::going_away));
  f.send(f.frame(0x88, bennu::close_payload(close_code::going_away)));
  CHECK(f.receive_rest().empty());
  f.on_loop([&] { CHECK(f.counts.value(bennu::metric::connections_cut) == 0); });
}

TEST_CASE("a pause does not count as idleness: a session that is resumed has its whole timeout again") {
  fixture f{false, {}, bennu::event_loop::clock_source::manual};
  auto closed = f.said.closed.get_future();
  f.on_loop([&] { f.session->pause(true); });
  f.pass(f.limits.idle_timeout * 3);
  f.on_loop([&] { f.session->pause(false); });
  f.pass(f.limits.idle_timeout * 9 / 10);
  CHECK(closed.wait_for(0s) == std::future_status::timeout);
  f.pass(f.limits.idle_timeout / 5);
  CHECK(closed.get() == kind::inactive);
}

TEST_CASE("a client that overflows its outbox is closed with the code that the message's rule names") {
  fixture f{false, [](bennu::limits& l) { l.max_outbox_bytes = 100'000; }};
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
  fixture f;
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
  fixture f;
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
  fixture f{false, [](bennu::limits& l) { l.shed_outbox_messages = l.max_outbox_messages = 2; }};
  f.on_loop([&] {
    for (int i = 0; i < 100; ++i) {
      CHECK(f.session->send(bennu::frame::make(message_kind::text, "x"),
                            {bennu::overflow::action::drop_oldest, {}, 1}) == 0);
    }
  });
  CHECK(f.receive(300).size() == 300);
}

TEST_CASE("messages are dropped for a client that does not read, and its handler is told when it has caught up") {
  fixture f{false, [](bennu::limits& l) { l.shed_outbox_bytes = 100'000; }};
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

TEST_CASE("a message that there is no memory for ends its own connection, and no other") {
  fixture victim;
  fixture other;
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

// -- each state of a session, and all that may happen in it -----------------------------------------------------------

namespace {

/// The events of the handler, then those of the client, as words.
std::string outcome(fixture& f) {
  std::string words;
  f.on_loop([&] {
    for (const auto& m : f.said.messages) words += "heard " + m + ", ";
  });
  if (auto closed = f.said.closed.get_future(); closed.wait_for(0s) == std::future_status::ready) {
    words += "closed: " + std::string{bennu::exit_reason{closed.get()}.text()} + ", ";
  }
  std::array<char, 4096> part;
  const auto n = read(f.client, part.data(), part.size());
  std::string_view wire{part.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  while (wire.size() >= 2) {
    const auto size = static_cast<unsigned char>(wire[1]);
    const auto payload = wire.substr(2, size);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(payload[i]); };
    const auto opcode = static_cast<unsigned char>(wire[0]);
    words += opcode == 0x88   ? "got close " + std::to_string(byte(0) * 256 + byte(1)) + ", "
             : opcode == 0x8a ? "got pong, "
                              : "got " + std::string{payload} + ", ";
    wire.remove_prefix(2 + size);
  }
  return words;
}

struct step {
  const char* name;
  std::function<void(fixture&)> act;
};

const step states[] = {
    {"open", [](fixture&) {}},
    {"paused", [](fixture& f) { f.on_loop([&] { f.session->pause(true); }); }},
    {"paused, and the client has hung up",
     [](fixture& f) {
       f.on_loop([&] { f.session->pause(true); });
       shutdown(f.client, SHUT_WR);
     }},
    {"closing", [](fixture& f) { f.on_loop([&] { f.session->close(close_code{4000}, kind::disconnected); }); }},
    {"closed by the client", [](fixture& f) { f.send(f.frame(0x88, bennu::close_payload(close_code::normal))); }},
    {"ended", [](fixture& f) { f.on_loop([&] { f.shard.sessions.front().cut(); }); }},
};

/// Client steps do nothing if the client cannot send any more.
void client_sends(fixture& f, const std::string& bytes) {
  [[maybe_unused]] const auto n = ::send(f.client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

const step events[] = {
    {"message", [](fixture& f) { client_sends(f, fixture::frame(0x81, "m")); }},
    {"ping", [](fixture& f) { client_sends(f, fixture::frame(0x89, "")); }},
    {"close frame", [](fixture& f) { client_sends(f, fixture::frame(0x88, bennu::close_payload(close_code{4001}))); }},
    {"broken frame", [](fixture& f) { client_sends(f, fixture::frame(0x83, "")); }},
    {"end of the connection", [](fixture& f) { shutdown(f.client, SHUT_WR); }},
    {"send", [](fixture& f) { f.on_loop([&] { f.session->send(bennu::frame::make(message_kind::text, "s")); }); }},
    {"pause", [](fixture& f) { f.on_loop([&] { f.session->pause(true); }); }},
    {"resume", [](fixture& f) { f.on_loop([&] { f.session->pause(false); }); }},
    {"close", [](fixture& f) { f.on_loop([&] { f.session->close(close_code{4003}, kind::normal); }); }},
    {"drain",
     [](fixture& f) {
       f.on_loop([&] {
         if (!f.shard.sessions.empty()) f.shard.sessions.front().drain();
       });
     }},
    {"nothing for longer than the timeouts", [](fixture& f) { f.pass(f.limits.idle_timeout * 3 / 2); }},
};

/// The outcomes by state and event; "any" stands for all events that are not named.
const std::map<std::string, std::map<std::string, std::string>> outcomes{
    {"open",
     {{"message", "heard m, "},
      {"ping", "got pong, "},
      {"close frame", "closed: closed, got close 1000, "},
      {"broken frame", "closed: rejected, got close 1002, "},
      {"end of the connection", "closed: closed, "},
      {"send", "got s, "},
      {"close", "closed: normal, got close 4003, "},
      {"drain", "closed: shutdown, got close 1012, "},
      {"nothing for longer than the timeouts", "closed: inactive, got close 1001, "},
      {"any", ""}}},
    {"paused",
     {{"send", "got s, "},
      {"close", "closed: normal, got close 4003, "},
      {"drain", "closed: shutdown, got close 1012, "},
      {"any", ""}}},
    {"paused, and the client has hung up",
     {{"send", "got s, "},
      {"resume", "closed: closed, "},
      {"close", "closed: normal, got close 4003, "},
      {"drain", "closed: shutdown, got close 1012, "},
      {"nothing for longer than the timeouts", "closed: inactive, got close 1001, "},
      {"any", ""}}},
    {"closing", {{"any", "closed: disconnected, got close 4000, "}}},
    {"closed by the client", {{"any", "closed: closed, got close 1000, "}}},
    {"ended", {{"any", "closed: closed, "}}},
};

}  // namespace

TEST_CASE("in each state of a session, each event has the outcome that the table names, and the next events none") {
  for (const auto& state : states) {
    const auto& row = outcomes.at(state.name);
    for (const auto& event : events) {
      const std::string where{state.name};
      const std::string now{event.name};
      CAPTURE(where);
      CAPTURE(now);
      fixture f{false, {}, bennu::event_loop::clock_source::manual};
      state.act(f);
      f.settle();
      event.act(f);
      f.settle();
      const auto found = row.find(event.name);
      CHECK(outcome(f) == (found != row.end() ? found->second : row.at("any")));
      f.on_loop([&] { f.session->pause(false); });
      f.pass(f.limits.idle_timeout * 3);
      f.pass(f.limits.close_timeout * 2);
      f.on_loop([&] { CHECK(f.shard.sessions.empty()); });
    }
  }
}
