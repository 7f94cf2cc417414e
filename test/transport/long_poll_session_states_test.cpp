// Each state of a session of a client that polls, and all that may happen in it.
#include "long_poll_session_case.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace bennu;
using namespace bennu::testing::long_poll;

namespace {

/// A session with small limits, and the requests of its client.
struct states_case : session_case {
  states_case() {
    limits.max_poll_rate = 2;
    limits.max_waiting_posts = 1;
    socket.slow = true;
  }

  void ask() { requests.emplace_back("poll", poll()); }
  void bring() { requests.emplace_back("post", post({"m"})); }
  void say(int times = 1) {
    for (int i = 0; i < times; ++i) send(std::to_string(++said));
    settle();
  }
  void change(void (*act)(long_poll_connection&)) {
    act(*to);
    settle();
  }
  /// The kernel has taken the answer with messages that is under way, if there is one, or will not.
  void finish_answer(bool delivered) {
    for (auto& [name, result] : requests) {
      if (const auto done = std::exchange(result->delivered, {})) done(delivered);
    }
    settle();
  }
  void handle_posts() {
    for (auto& done : std::exchange(socket.handled, {})) done();
  }

  static std::string words_of(const answer& given) {
    std::string words = given.status ? std::to_string(static_cast<int>(*given.status)) : "waits";
    for (const auto& m : given.messages) words += ' ' + m;
    return words;
  }
  /// The answers to the client, and the calls of the socket, as words.
  std::string outcome() const {
    std::string words;
    for (const auto& [name, result] : requests) words += name + ' ' + words_of(*result) + ", ";
    for (const auto& m : socket.messages) words += "heard " + m + ", ";
    if (socket.caught_up > 0) words += "caught up, ";
    for (const auto why : socket.closed) words += "closed: " + std::string{exit_reason{why}.text()} + ", ";
    return words;
  }

  std::vector<std::pair<std::string, std::shared_ptr<answer>>> requests;
  int said = 0;
};

struct step {
  const char* name;
  void (*act)(states_case&);
};

const step states[] = {
    {"at rest", [](states_case&) {}},
    {"a message waits", [](states_case& c) { c.say(); }},
    {"a poll waits", [](states_case& c) { c.ask(); }},
    {"an answer is under way", [](states_case& c) { c.say(), c.ask(); }},
    {"an answer is under way, and a poll waits", [](states_case& c) { c.say(), c.ask(), c.ask(); }},
    {"an answer is under way, and a message waits", [](states_case& c) { c.say(), c.ask(), c.say(); }},
    {"an answer is delayed",
     [](states_case& c) {
       for (int i = 0; i < 2; ++i) c.say(), c.ask(), c.finish_answer(true);
       c.requests.clear();
       c.say(), c.ask();
     }},
    {"paused", [](states_case& c) { c.to->pause(true); }},
    {"paused, and a post waits", [](states_case& c) { c.to->pause(true), c.bring(); }},
    {"a post is at work", [](states_case& c) { c.bring(); }},
    {"ended", [](states_case& c) { c.tell(long_poll_session::end{}); }},
};

const step events[] = {
    {"message", [](states_case& c) { c.say(); }},
    {"too many messages", [](states_case& c) { c.say(6); }},
    {"poll", [](states_case& c) { c.ask(); }},
    {"post", [](states_case& c) { c.bring(); }},
    {"delivered", [](states_case& c) { c.finish_answer(true); }},
    {"lost", [](states_case& c) { c.finish_answer(false); }},
    {"handled", [](states_case& c) { c.handle_posts(); }},
    {"pause", [](states_case& c) { c.change([](auto& to) { to.pause(true); }); }},
    {"resume", [](states_case& c) { c.change([](auto& to) { to.pause(false); }); }},
    {"close", [](states_case& c) { c.change([](auto& to) { to.close(close_code::normal, kind::disconnected); }); }},
    {"end", [](states_case& c) { c.tell(long_poll_session::end{}); }},
    {"kill", [](states_case& c) { caf::anon_send_exit(c.session, caf::exit_reason::kill), c.settle(); }},
    {"nothing for a window", [](states_case& c) { c.pass(window); }},
    {"nothing for longer than a client may be away", [](states_case& c) { c.pass(window * 3); }},
};

/// The outcomes by state and event; "any" stands for all events that are not named.
const std::map<std::string, std::map<std::string, std::string>> outcomes{
    {"at rest",
     {{"message", "then poll 200 1"},
      {"too many messages", "closed: overloaded, then poll 410"},
      {"poll", "poll waits, then poll waits"},
      {"post", "post waits, heard m, then poll waits"},
      {"close", "closed: disconnected, then poll 410"},
      {"end", "closed: shutdown, then poll 410"},
      {"kill", "closed: killed, then poll 410"},
      {"nothing for longer than a client may be away", "closed: inactive, then poll 410"},
      {"any", "then poll waits"}}},
    {"a message waits",
     {{"message", "then poll 200 1 2"},
      {"too many messages", "closed: overloaded, then poll 410"},
      {"poll", "poll 200 1, then poll waits"},
      {"post", "post waits, heard m, then poll 200 1"},
      {"close", "closed: disconnected, then poll 410"},
      {"end", "closed: shutdown, then poll 410"},
      {"kill", "closed: killed, then poll 410"},
      {"nothing for longer than a client may be away", "closed: inactive, then poll 410"},
      {"any", "then poll 200 1"}}},
    {"a poll waits",
     {{"message", "poll 200 1, then poll waits"},
      {"too many messages", "poll 410, closed: overloaded, then poll 410"},
      {"poll", "poll 204, poll waits, then poll waits"},
      {"post", "poll waits, post waits, heard m, then poll waits"},
      {"close", "poll 410, closed: disconnected, then poll 410"},
      {"end", "poll 410, closed: shutdown, then poll 410"},
      {"kill", "poll 410, closed: killed, then poll 410"},
      {"nothing for a window", "poll 204, then poll waits"},
      {"nothing for longer than a client may be away", "poll 204, closed: inactive, then poll 410"},
      {"any", "poll waits, then poll waits"}}},
    {"an answer is under way",
     {{"message", "poll 200 1, then poll 200 2"},
      {"too many messages", "poll 200 1, closed: overloaded, then poll 410"},
      {"poll", "poll 200 1, poll waits, then poll waits"},
      {"post", "poll 200 1, post waits, heard m, then poll waits"},
      {"lost", "poll 200 1, then poll 200 1"},
      {"close", "poll 200 1, closed: disconnected, then poll 410"},
      {"end", "poll 200 1, closed: shutdown, then poll 410"},
      {"kill", "poll 200 1, closed: killed, then poll 410"},
      {"nothing for longer than a client may be away", "poll 200 1, closed: inactive, then poll 410"},
      {"any", "poll 200 1, then poll waits"}}},
    {"an answer is under way, and a poll waits",
     {{"too many messages", "poll 200 1, poll 410, closed: overloaded, then poll 410"},
      {"poll", "poll 200 1, poll 204, poll waits, then poll waits"},
      {"post", "poll 200 1, poll waits, post waits, heard m, then poll waits"},
      {"lost", "poll 200 1, poll 200 1, then poll waits"},
      {"close", "poll 200 1, poll 410, closed: disconnected, then poll 410"},
      {"end", "poll 200 1, poll 410, closed: shutdown, then poll 410"},
      {"kill", "poll 200 1, poll 410, closed: killed, then poll 410"},
      {"nothing for a window", "poll 200 1, poll 204, then poll waits"},
      {"nothing for longer than a client may be away", "poll 200 1, poll 204, closed: inactive, then poll 410"},
      {"any", "poll 200 1, poll waits, then poll waits"}}},
    {"an answer is under way, and a message waits",
     {{"message", "poll 200 1, then poll 200 2 3"},
      {"too many messages", "poll 200 1, closed: overloaded, then poll 410"},
      {"poll", "poll 200 1, poll waits, then poll waits"},
      {"post", "poll 200 1, post waits, heard m, then poll 200 2"},
      {"lost", "poll 200 1, then poll 200 1 2"},
      {"close", "poll 200 1, closed: disconnected, then poll 410"},
      {"end", "poll 200 1, closed: shutdown, then poll 410"},
      {"kill", "poll 200 1, closed: killed, then poll 410"},
      {"nothing for longer than a client may be away", "poll 200 1, closed: inactive, then poll 410"},
      {"any", "poll 200 1, then poll 200 2"}}},
    {"an answer is delayed",
     {{"too many messages", "poll 410, closed: overloaded, then poll 410"},
      {"poll", "poll 204, poll waits, then poll waits"},
      {"post", "poll waits, post waits, heard m, then poll waits"},
      {"close", "poll 200 3, closed: disconnected, then poll 410"},
      {"end", "poll 200 3, closed: shutdown, then poll 410"},
      {"kill", "poll 200 3, closed: killed, then poll 410"},
      {"nothing for a window", "poll 200 3, then poll waits"},
      {"nothing for longer than a client may be away", "poll 200 3, closed: inactive, then poll 410"},
      {"any", "poll waits, then poll waits"}}},
    {"paused",
     {{"message", "then poll 200 1"},
      {"too many messages", "closed: overloaded, then poll 410"},
      {"poll", "poll waits, then poll waits"},
      {"post", "post waits, then poll waits"},
      {"close", "closed: disconnected, then poll 410"},
      {"end", "closed: shutdown, then poll 410"},
      {"kill", "closed: killed, then poll 410"},
      {"nothing for longer than a client may be away", "closed: inactive, then poll 410"},
      {"any", "then poll waits"}}},
    {"paused, and a post waits",
     {{"message", "post waits, then poll 200 1"},
      {"too many messages", "post 408, closed: overloaded, then poll 410"},
      {"poll", "post waits, poll waits, then poll waits"},
      {"post", "post waits, post 429, then poll waits"},
      {"resume", "post waits, heard m, then poll waits"},
      {"close", "post 408, closed: disconnected, then poll 410"},
      {"end", "post 408, closed: shutdown, then poll 410"},
      {"kill", "post 408, closed: killed, then poll 410"},
      {"nothing for a window", "post 408, then poll waits"},
      {"nothing for longer than a client may be away", "post 408, closed: inactive, then poll 410"},
      {"any", "post waits, then poll waits"}}},
    {"a post is at work",
     {{"message", "post waits, heard m, then poll 200 1"},
      {"too many messages", "post 408, heard m, closed: overloaded, then poll 410"},
      {"poll", "post waits, poll waits, heard m, then poll waits"},
      {"post", "post waits, post 429, heard m, then poll waits"},
      {"handled", "post 200, heard m, then poll waits"},
      {"close", "post 200, heard m, closed: disconnected, then poll 410"},
      {"end", "post 408, heard m, closed: shutdown, then poll 410"},
      {"kill", "post 408, heard m, closed: killed, then poll 410"},
      {"nothing for a window", "post 408, heard m, then poll waits"},
      {"nothing for longer than a client may be away", "post 408, heard m, closed: inactive, then poll 410"},
      {"any", "post waits, heard m, then poll waits"}}},
    {"ended",
     {{"poll", "poll 410, closed: shutdown, then poll 410"},
      {"post", "post 410, closed: shutdown, then poll 410"},
      {"any", "closed: shutdown, then poll 410"}}},
};

}  // namespace

TEST_CASE("in each state of a session that polls, each event has the outcome that the table names") {
  for (const auto& state : states) {
    for (const auto& event : events) {
      const std::string where{state.name};
      const std::string now{event.name};
      CAPTURE(where);
      CAPTURE(now);
      states_case c;
      state.act(c);
      event.act(c);
      auto outcome = c.outcome();
      c.finish_answer(true);
      c.ask();
      outcome += "then poll " + states_case::words_of(*c.requests.back().second);
      const auto& row = outcomes.at(where);
      const auto found = row.find(now);
      CHECK(outcome == (found != row.end() ? found->second : row.at("any")));

      // Afterwards each request is answered, in any case.
      c.finish_answer(true);
      c.to->pause(false);
      c.settle();
      c.handle_posts();
      c.tell(long_poll_session::end{});
      for (const auto& [name, result] : c.requests) CHECK(result->status);
    }
  }
}
