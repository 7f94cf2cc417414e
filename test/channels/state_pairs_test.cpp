// Each state of a channel meets each event, over both transports. The table says which frames the client gets.
#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/runtime/json_parse.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::metric;
using bennu::payload;
using bennu::reply;

namespace {

/// The joins that were accepted, and the calls of `terminate`.
struct diary {
  int accepted = 0;
  int terminated = 0;
};

struct token {};

class room final : public bennu::channel {
public:
  explicit room(diary* entries) : diary_(*entries) {}

  static void handlers(bennu::handlers<room>& on) {
    on.in("ping", [](room&, const payload&) { return reply(bennu::ok); });
    on.in("work", [](room&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("stop", [](room&, const payload&) { return stop(bennu::normal); });
    on.in("crash", [](room&, const payload&) { throw std::runtime_error("crash"); });
    on.info([](room& self, const token&) { self.push("token", {}); });
    on.slow_client(bennu::drop_oldest().tell("missed"));
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    if (params.as_json()["slow"] != json{true}) return accepted();
    return bennu::blocking([this] { return accepted(); });
  }
  void terminate(const exit_reason&) override { ++diary_.terminated; }

private:
  bennu::accept_t accepted() {
    ++diary_.accepted;
    return bennu::accept();
  }

  diary& diary_;
};

class user_socket final : public bennu::user_socket {
public:
  explicit user_socket(diary& entries) { channel<room>("room:*", &entries); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
  std::optional<std::string> id(const bennu::assigns&) const override { return "user:ana"; }
};

/// A frame in short: the number of the message that it answers and the status, or the event and the join's number.
std::string in_short(const std::string& frame) {
  const auto all = std::get<json>(bennu::parse_json(frame, 64));
  const auto& parts = all.as_array();
  const auto event = parts[3].as_string();
  if (event == "phx_reply") {
    const auto& response = parts[4]["response"]["reason"];
    return parts[1].as_string() + ' ' + (response.is_null() ? parts[4].as_string("status") : response.as_string());
  }
  if (event == "phx_close" || event == "phx_error") return event.substr(4) + ' ' + parts[0].as_string();
  return event == "news" ? "news " + parts[4]["n"].dump() : event;
}

class pair_case : public channel_case {
public:
  explicit pair_case(transport how) {
    limits().max_waiting_messages = 2;
    limits().shed_outbox_messages = 2;
    limits().max_outbox_messages = 4;
    mount<user_socket>(diary_);
    use(how);
    client_.emplace(connect<user_socket>());
    hold_jobs();
  }

  void enter(std::string_view state) {
    if (state == "joining") {
      channel_ = client().begin_join("room:1", {{"slow", true}});
    } else {
      channel_ = client().join("room:1");
    }
    if (state == "working" || state == "replaced" || state == "leaving" || state == "paused") channel_->push_in("work");
    if (state == "replaced") channel_ = client().join("room:1");
    if (state == "rejoining") channel_ = client().begin_join("room:1", {{"slow", true}});
    if (state == "leaving") channel_->leave();
    if (state == "paused") channel_->push_in("ping"), channel_->push_in("ping");
    if (state == "unread" || state == "shedding" || state == "overflowed" || state == "closing") {
      client().stop_reading();
    }
    if (state == "unread") channel_->push_in("ping"), channel_->push_in("ping");
    if (state == "shedding") say(4);
    if (state == "overflowed") {
      for (int i = 0; i < 6; ++i) channel_->push_in("ping");
    }
    if (state == "closing") {
      say(1);
      broadcast("user:ana", "disconnect");
    }
    settle();
    CHECK(counted(metric::paused_sockets) == (state == "paused" ? 1 : 0));
  }

  void meet(std::string_view event) {
    if (event == "push") {
      channel_->push_in("ping");
    } else if (event == "stop" || event == "crash") {
      channel_->push_in(event);
    } else if (event == "leave") {
      channel_->leave();
    } else if (event == "join") {
      channel_ = client().begin_join("room:1");
    } else if (event == "broadcast") {
      say(1);
    } else if (event == "info") {
      channel_->send(token{});
    } else if (event == "kill") {
      channel_->kill();
    } else if (event == "disconnect") {
      broadcast("user:ana", "disconnect");
    } else if (event == "close") {
      client().close();
    } else if (event == "cut") {
      client().cut();
    }
    settle();
  }

  /// Lets everything go on that was held up. @returns the frames that the client got in all
  std::string finish() {
    release_jobs();
    client().resume_reading();
    settle();
    std::string all;
    for (const auto& frame : client().frames()) all += (all.empty() ? "" : ", ") + in_short(frame);
    return all;
  }

  /// Ends the client, and checks that nothing is left of it.
  void check_the_end() {
    CHECK(counted(metric::paused_sockets) == 0);
    CHECK(counted(metric::waiting_jobs) == 0);
    client().close();
    advance(1min);
    CHECK(counted(metric::sockets) == 0);
    CHECK(counted(metric::channels) == 0);
    CHECK(diary_.terminated == diary_.accepted);
  }

private:
  client_socket& client() { return *client_; }

  /// Broadcasts news, each in a turn of its own.
  void say(int times) {
    for (int i = 0; i < times; ++i) {
      broadcast("room:1", "news", {{"n", ++news_}});
      settle();
    }
  }

  diary& diary_ = provide<diary>();
  std::optional<client_socket> client_;
  std::optional<client_channel> channel_;
  int news_ = 0;
};

struct meeting {
  std::string_view event;
  std::string_view frames;
  std::optional<std::string_view> over_long_poll = std::nullopt;  ///< if the frames differ there
};

void check(std::string_view state, const std::vector<meeting>& table) {
  for (const auto how : {transport::websocket, transport::long_poll}) {
    for (const auto& [event, frames, over_long_poll] : table) {
      CAPTURE(how == transport::websocket);
      CAPTURE(event);
      pair_case test{how};
      test.enter(state);
      test.meet(event);
      CHECK(test.finish() == (how == transport::long_poll ? over_long_poll.value_or(frames) : frames));
      test.check_the_end();
    }
  }
}

}  // namespace

TEST_CASE("a channel at rest") {
  check("resting", {
                       {"push", "1 ok, 2 ok"},
                       {"stop", "1 ok, close 1"},
                       {"crash", "1 ok, error 1"},
                       {"leave", "1 ok, 2 ok, close 1"},
                       {"join", "1 ok, 2 ok, close 1"},
                       {"broadcast", "1 ok, news 1"},
                       {"info", "1 ok, token"},
                       {"kill", "1 ok, error 1"},
                       {"disconnect", "1 ok"},
                       {"close", "1 ok"},
                       {"cut", "1 ok"},
                   });
}

TEST_CASE("a channel whose job runs") {
  check("working", {
                       {"push", "1 ok, 2 ok, 3 ok"},
                       {"stop", "1 ok, 2 ok, close 1"},
                       {"crash", "1 ok, 2 ok, error 1"},
                       {"leave", "1 ok, 2 ok, 3 ok, close 1"},
                       {"join", "1 ok, 3 ok, close 1"},
                       {"broadcast", "1 ok, news 1, 2 ok"},
                       {"info", "1 ok, 2 ok, token"},
                       {"kill", "1 ok, error 1"},
                       {"disconnect", "1 ok"},
                       {"close", "1 ok"},
                       {"cut", "1 ok"},
                   });
}

TEST_CASE("a channel whose join is under way") {
  check("joining", {
                       {"push", "1 ok, 2 ok"},
                       {"stop", "1 ok, close 1"},
                       {"crash", "1 ok, error 1"},
                       {"leave", "1 ok, 2 ok, close 1"},
                       {"join", "1 ok, 2 ok, close 1"},
                       {"broadcast", "1 ok"},
                       {"info", "1 ok, token"},
                       {"kill", "1 join crashed"},
                       {"disconnect", ""},
                       {"close", ""},
                       {"cut", ""},
                   });
}

TEST_CASE("a channel that a join which is under way has replaced") {
  check("rejoining", {
                         {"push", "1 ok, 2 ok, close 1, 3 ok"},
                         {"stop", "1 ok, 2 ok, close 1, close 2"},
                         {"crash", "1 ok, 2 ok, close 1, error 2"},
                         {"leave", "1 ok, 2 ok, close 1, 3 ok, close 2"},
                         {"join", "1 ok, 2 ok, close 1, 3 ok, close 2"},
                         {"broadcast", "1 ok, 2 ok, close 1"},
                         {"info", "1 ok, 2 ok, close 1, token"},
                         {"kill", "1 ok, 2 join crashed, close 1"},
                         {"disconnect", "1 ok"},
                         {"close", "1 ok"},
                         {"cut", "1 ok"},
                     });
}

TEST_CASE("a channel that was replaced while its job runs") {
  check("replaced", {
                        {"push", "1 ok, 3 ok, close 1, 4 ok"},
                        {"stop", "1 ok, 3 ok, close 1, close 3"},
                        {"crash", "1 ok, 3 ok, close 1, error 3"},
                        {"leave", "1 ok, 3 ok, close 1, 4 ok, close 3"},
                        {"join", "1 ok, 3 ok, close 1, 4 ok, close 3"},
                        {"broadcast", "1 ok, 3 ok, close 1, news 1"},
                        {"info", "1 ok, 3 ok, close 1, token"},
                        {"kill", "1 ok, 3 ok, close 1, error 3"},
                        {"disconnect", "1 ok, 3 ok, close 1"},
                        {"close", "1 ok, 3 ok, close 1"},
                        {"cut", "1 ok, 3 ok, close 1"},
                    });
}

TEST_CASE("a leave that waits for a job") {
  check("leaving", {
                       {"push", "1 ok, 2 ok, 3 ok, close 1"},
                       {"stop", "1 ok, 2 ok, 3 ok, close 1"},
                       {"crash", "1 ok, 2 ok, 3 ok, close 1"},
                       {"leave", "1 ok, 2 ok, 3 ok, close 1"},
                       {"join", "1 ok, 3 ok, close 1, 4 ok"},
                       {"broadcast", "1 ok, news 1, 2 ok, 3 ok, close 1"},
                       {"info", "1 ok, 2 ok, 3 ok, close 1"},
                       {"kill", "1 ok, error 1"},
                       {"disconnect", "1 ok"},
                       {"close", "1 ok"},
                       {"cut", "1 ok"},
                   });
}

TEST_CASE("a client that is paused because its messages wait for a job") {
  check("paused", {
                      {"push", "1 ok, 2 ok, 3 ok, 4 ok, 5 ok"},
                      {"stop", "1 ok, 2 ok, 3 ok, 4 ok, close 1"},
                      {"crash", "1 ok, 2 ok, 3 ok, 4 ok, error 1"},
                      {"leave", "1 ok, 2 ok, 3 ok, 4 ok, 5 ok, close 1"},
                      {"join", "1 ok, 2 ok, 3 ok, 4 ok, 5 ok, close 1"},
                      {"broadcast", "1 ok, news 1, 2 ok, 3 ok, 4 ok"},
                      {"info", "1 ok, 2 ok, 3 ok, 4 ok, token"},
                      {"kill", "1 ok, error 1"},
                      {"disconnect", "1 ok"},
                      {"close", "1 ok, 2 ok, 3 ok", "1 ok"},
                      {"cut", "1 ok"},
                  });
}

TEST_CASE("a client that does not read, and for whom messages wait") {
  check("unread", {
                      {"push", "1 ok, 2 ok, 3 ok, 4 ok"},
                      {"stop", "1 ok, 2 ok, 3 ok, close 1"},
                      {"crash", "1 ok, 2 ok, 3 ok, error 1"},
                      {"leave", "1 ok, 2 ok, 3 ok, 4 ok, close 1"},
                      {"join", "1 ok, 2 ok, 3 ok, 4 ok, close 1"},
                      {"broadcast", "1 ok, 2 ok, 3 ok, news 1"},
                      {"info", "1 ok, 2 ok, 3 ok, token"},
                      {"kill", "1 ok, 2 ok, 3 ok, error 1"},
                      {"disconnect", "1 ok, 2 ok, 3 ok", "1 ok, 2 ok"},
                      {"close", "1 ok, 2 ok, 3 ok", "1 ok"},
                      {"cut", "1 ok"},
                  });
}

TEST_CASE("a client whose messages are dropped because it does not read") {
  check("shedding", {
                        {"push", "1 ok, news 3, news 4, 2 ok, missed", "1 ok, news 1, news 4, 2 ok, missed"},
                        {"stop", "1 ok, news 3, news 4, close 1", "1 ok, news 1, news 4, close 1"},
                        {"crash", "1 ok, news 3, news 4, error 1", "1 ok, news 1, news 4, error 1"},
                        {"leave", "1 ok, news 3, news 4, 2 ok, close 1", "1 ok, news 1, news 4, 2 ok, close 1"},
                        {"join", "1 ok, news 3, news 4, 2 ok, close 1", "1 ok, news 1, news 4, 2 ok, close 1"},
                        {"broadcast", "1 ok, news 4, news 5, missed", "1 ok, news 1, news 5, missed"},
                        {"info", "1 ok, news 4, token, missed", "1 ok, news 1, token, missed"},
                        {"kill", "1 ok, news 3, news 4, error 1", "1 ok, news 1, news 4, error 1"},
                        {"disconnect", "1 ok, news 3, news 4", "1 ok, news 1"},
                        {"close", "1 ok, news 3, news 4", "1 ok"},
                        {"cut", "1 ok"},
                    });
}

TEST_CASE("a client that is sent away because too much waits for it") {
  check("overflowed", {
                          {"push", "1 ok"},
                          {"stop", "1 ok"},
                          {"crash", "1 ok"},
                          {"leave", "1 ok"},
                          {"join", "1 ok"},
                          {"broadcast", "1 ok"},
                          {"info", "1 ok"},
                          {"kill", "1 ok"},
                          {"disconnect", "1 ok"},
                          {"close", "1 ok"},
                          {"cut", "1 ok"},
                      });
}

TEST_CASE("a client that is sent away") {
  check("closing", {
                       {"push", "1 ok, news 1", "1 ok"},
                       {"stop", "1 ok, news 1", "1 ok"},
                       {"crash", "1 ok, news 1", "1 ok"},
                       {"leave", "1 ok, news 1", "1 ok"},
                       {"join", "1 ok, news 1", "1 ok"},
                       {"broadcast", "1 ok, news 1"},
                       {"info", "1 ok, news 1"},
                       {"kill", "1 ok, news 1"},
                       {"disconnect", "1 ok, news 1"},
                       {"close", "1 ok, news 1", "1 ok"},
                       {"cut", "1 ok"},
                   });
}
