// Pauses and ends of a session, and what the kernel and the session keep then.
#include "websocket_session_case.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "../allocation_limit.hpp"

#include <sys/epoll.h>

using namespace bennu::testing::websocket;
using bennu::close_code;
using bennu::message_kind;

namespace {

/// The events of a descriptor for which the kernel wakes the loop, besides EPOLLERR and EPOLLHUP.
std::uint32_t watched_events(int of) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);) {
      std::istringstream words{line};
      std::string tfd;
      std::string events;
      int fd = -1;
      std::uint32_t mask = 0;
      if (words >> tfd >> fd >> events >> std::hex >> mask && tfd == "tfd:" && fd == of) {
        return mask & ~std::uint32_t{EPOLLERR | EPOLLHUP};
      }
    }
  }
  return UINT32_MAX;
}

}  // namespace

TEST_CASE("a client that is paused in the middle of a burst is not read again in that turn") {
  websocket_case f;
  struct pausing final : bennu::connection_handler {
    explicit pausing(websocket_case& f) : test(f) {}
    void on_message(message_kind, std::string_view bytes) override {
      test.said.messages.emplace_back(bytes);
      if (bytes != "two") return;
      test.send(websocket_case::frame(0x81, "three"));
      // An answer is due at the turn's end, which is also the time for further reads.
      test.session->send(bennu::frame::make(message_kind::text, "answer"));
      test.session->pause(true);
    }
    void when_handled(std::function<void()> done) override { done(); }
    void on_closed(kind why) override { test.said.closed.set_value(why); }
    websocket_case& test;
  };
  f.on_loop([&] { f.session->set_handler(std::make_unique<pausing>(f)); });
  f.send(f.frame(0x81, "one") + f.frame(0x81, "two"));
  f.settle();
  f.on_loop([&] {
    CHECK(f.said.messages == std::vector<std::string>{"one", "two"});
    f.session->pause(false);
  });
  f.settle();
  f.on_loop([&] { CHECK(f.said.messages.back() == "three"); });
}

TEST_CASE("a session that closes gives its client the whole time to close, however long it was silent before") {
  websocket_case f{false, {}, bennu::event_loop::clock_source::manual};
  f.pass(f.limits.idle_timeout * 4 / 5);
  f.on_loop([&] { f.session->close(close_code::going_away, kind::disconnected); });
  f.pass(f.limits.close_timeout * 4 / 5);
  f.on_loop([&] { CHECK_FALSE(f.shard.sessions.empty()); });
  f.pass(f.limits.close_timeout * 2);
  f.on_loop([&] { CHECK(f.shard.sessions.empty()); });
}

TEST_CASE("a session that has ended does not count as a connection, even while its socket keeps it") {
  websocket_case f;
  shutdown(f.client, SHUT_WR);
  CHECK(f.said.closed.get_future().get() == kind::closed);
  CHECK(f.count.await_none(10s));
  f.on_loop([&] { CHECK(f.session); });
}

TEST_CASE("the bytes that a client sends after it broke the protocol are not kept") {
  const std::string half{"\x01\xff\0\0\0\0\0\x0f\x42\x40\0\0\0\0", 14};  // of 1,000,000 bytes
  websocket_case f;
  f.send(f.frame(0x83, ""));
  CHECK(f.receive(2).substr(0, 1) == "\x88");
  const auto before = bennu::testing::allocated_bytes();
  f.send(half + std::string(900'000, 'x'));
  f.settle();
  CHECK(bennu::testing::allocated_bytes() < before + 100'000);
}

TEST_CASE("a paused session whose client has hung up waits for no more events of its connection") {
  websocket_case f;
  f.on_loop([&] { f.session->pause(true); });
  shutdown(f.client, SHUT_WR);
  f.settle();
  // A watch for a hang-up would wake the loop again and again.
  CHECK(watched_events(f.server) == 0);
}
