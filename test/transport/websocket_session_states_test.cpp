#include "websocket_session_case.hpp"

using namespace bennu::testing::websocket;
using namespace std::chrono_literals;
using bennu::close_code;
using bennu::message_kind;

TEST_CASE("while a session is paused, its client's bytes stay in the network, and the client does not count as idle") {
  websocket_case f{false, [](bennu::limits& l) { l.idle_timeout = 20ms; }};
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
  websocket_case f{false, [](bennu::limits& l) { l.idle_timeout = 20ms; }};
  f.on_loop([&] { f.session->pause(true); });
  f.send(f.frame(0x81, "not heard"));
  shutdown(f.client, SHUT_WR);
  CHECK(f.said.closed.get_future().get() == kind::inactive);
}

TEST_CASE("a paused session that closes reads the client's close frame") {
  websocket_case f;
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
  websocket_case f{false, {}, bennu::event_loop::clock_source::manual};
  auto closed = f.said.closed.get_future();
  f.on_loop([&] { f.session->pause(true); });
  f.pass(f.limits.idle_timeout * 3);
  f.on_loop([&] { f.session->pause(false); });
  f.pass(f.limits.idle_timeout * 9 / 10);
  CHECK(closed.wait_for(0s) == std::future_status::timeout);
  f.pass(f.limits.idle_timeout / 5);
  CHECK(closed.get() == kind::inactive);
}

namespace {

/// The events of the handler, then those of the client, as words.
std::string outcome(websocket_case& f) {
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
  std::function<void(websocket_case&)> act;
};

const step states[] = {
    {"open", [](websocket_case&) {}},
    {"paused", [](websocket_case& f) { f.on_loop([&] { f.session->pause(true); }); }},
    {"paused, and the client has hung up",
     [](websocket_case& f) {
       f.on_loop([&] { f.session->pause(true); });
       shutdown(f.client, SHUT_WR);
     }},
    {"closing", [](websocket_case& f) { f.on_loop([&] { f.session->close(close_code{4000}, kind::disconnected); }); }},
    {"closed by the client",
     [](websocket_case& f) { f.send(f.frame(0x88, bennu::close_payload(close_code::normal))); }},
    {"ended", [](websocket_case& f) { f.on_loop([&] { f.shard.sessions.front().cut(); }); }},
};

/// Client steps do nothing if the client cannot send any more.
void client_sends(websocket_case& f, const std::string& bytes) {
  [[maybe_unused]] const auto n = ::send(f.client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

const step events[] = {
    {"message", [](websocket_case& f) { client_sends(f, websocket_case::frame(0x81, "m")); }},
    {"ping", [](websocket_case& f) { client_sends(f, websocket_case::frame(0x89, "")); }},
    {"close frame",
     [](websocket_case& f) { client_sends(f, websocket_case::frame(0x88, bennu::close_payload(close_code{4001}))); }},
    {"broken frame", [](websocket_case& f) { client_sends(f, websocket_case::frame(0x83, "")); }},
    {"end of the connection", [](websocket_case& f) { shutdown(f.client, SHUT_WR); }},
    {"send",
     [](websocket_case& f) { f.on_loop([&] { f.session->send(bennu::frame::make(message_kind::text, "s")); }); }},
    {"pause", [](websocket_case& f) { f.on_loop([&] { f.session->pause(true); }); }},
    {"resume", [](websocket_case& f) { f.on_loop([&] { f.session->pause(false); }); }},
    {"close", [](websocket_case& f) { f.on_loop([&] { f.session->close(close_code{4003}, kind::normal); }); }},
    {"drain",
     [](websocket_case& f) {
       f.on_loop([&] {
         if (!f.shard.sessions.empty()) f.shard.sessions.front().drain();
       });
     }},
    {"nothing for longer than the timeouts", [](websocket_case& f) { f.pass(f.limits.idle_timeout * 3 / 2); }},
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
      websocket_case f{false, {}, bennu::event_loop::clock_source::manual};
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
