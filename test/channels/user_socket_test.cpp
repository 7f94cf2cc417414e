#include <bennu/channels/user_socket.hpp>

#include <stdexcept>
#include <string>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;
using bennu::json;
using bennu::payload;

namespace {

class plain final : public bennu::channel {
public:
  static void handlers(bennu::handlers<plain>&) {}
  explicit plain(int n = 0) : n_(n) {}
  bennu::join_result join(const bennu::topic& topic, payload) override {
    return bennu::accept({{"name", topic.name()}, {"subtopic", topic.subtopic()}, {"n", n_}});
  }

private:
  int n_;
};

class open_socket : public bennu::user_socket {
public:
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

class routes final : public open_socket {
public:
  routes() {
    channel<plain>("room:lobby", 1);
    channel<plain>("room:*", 2);
    channel<plain>("audit", 3);
    channel<plain>("log*", 4);
    channel<plain>("room:*", 5);
  }
};

class misplaced final : public open_socket {
public:
  misplaced() { channel<plain>("room:*:members"); }
};

/// Accepts clients that give a name, and shows the data that it received.
class doorman final : public bennu::user_socket {
public:
  doorman() { channel<plain>("room:*"); }
  bennu::connect_result connect(const json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override {
    if (params["crash"] == json{true}) throw std::runtime_error("no database");
    if (params["user"].is_null()) return bennu::deny();
    if (params["user"] == json{"eve"}) return bennu::deny(429, "too many requests");
    to.set("params", params);
    to.set("address", info.peer_address);
    to.set("token", info.auth_token.value_or("none"));
    return bennu::accept();
  }
};

}  // namespace

TEST_CASE("the first pattern that matches a topic serves it") {
  const routes socket;
  const auto pattern_of = [&](std::string_view topic) {
    const auto* found = socket.find(topic);
    return found != nullptr ? found->pattern : "none";
  };
  CHECK(pattern_of("room:lobby") == "room:lobby");
  CHECK(pattern_of("room:lobby2") == "room:*");
  CHECK(pattern_of("room:") == "room:*");
  CHECK(pattern_of("room") == "none");
  CHECK(pattern_of("audit") == "audit");
  CHECK(pattern_of("audit:1") == "none");
  CHECK(pattern_of("logbook") == "log*");
  CHECK(pattern_of("") == "none");
}

TEST_CASE("a * that is not at the end of a pattern is refused, and the right form is named") {
  CHECK_THROWS_WITH_AS(misplaced{},
                       "the pattern \"room:*:members\" has a * that is not at its end; \"room:*\" would be right",
                       std::invalid_argument);
}

TEST_CASE_FIXTURE(channel_case,
                  "a channel knows its topic, the part behind the pattern, and its constructor's arguments") {
  const auto ana = connect<routes>();
  const auto answer_of = [&](const std::string& topic) { return ana.join(topic).join_reply()->body; };
  CHECK(answer_of("room:lobby") == payload{{"name", "room:lobby"}, {"subtopic", ""}, {"n", 1}});
  CHECK(answer_of("room:7:b") == payload{{"name", "room:7:b"}, {"subtopic", "7:b"}, {"n", 2}});
  CHECK(answer_of("audit") == payload{{"name", "audit"}, {"subtopic", ""}, {"n", 3}});
  CHECK(answer_of("logbook") == payload{{"name", "logbook"}, {"subtopic", "book"}, {"n", 4}});
}

TEST_CASE_FIXTURE(channel_case, "a socket lets a client in, or answers it with a status of its own") {
  CHECK(connect<doorman>({{"user", "ana"}}).is_open());
  CHECK(assert_refused<doorman>().status == 403);
  const auto refusal = assert_refused<doorman>({{"user", "eve"}});
  CHECK(refusal.status == 429);
  CHECK(refusal.body == "too many requests");
  CHECK_THROWS_WITH_AS(connect<doorman>({{"crash", true}}), "no database", std::runtime_error);
}

TEST_CASE_FIXTURE(channel_case, "a socket gets the client's parameters, and the data of its request") {
  bennu::connect_info info;
  info.peer_address = "192.0.2.1";
  info.auth_token = "secret";
  const auto room = connect<doorman>({{"user", "ana"}}, info).join("room:1");
  CHECK(room.assigns().values() ==
        json{{"params", json{{"user", "ana"}, {"vsn", "2.0.0"}}}, {"address", "192.0.2.1"}, {"token", "secret"}});
}

TEST_CASE_FIXTURE(channel_case, "the version of the protocol is the client's choice, as far as it is known") {
  CHECK(connect<doorman>({{"user", "ana"}, {"vsn", "1.0.0"}}).is_open());
  CHECK(connect<doorman>({{"user", "ana"}, {"vsn", "2.0.5"}}).is_open());
  CHECK(assert_refused<doorman>({{"user", "ana"}, {"vsn", "3.0.0"}}).status == 403);
  CHECK(assert_refused<doorman>({{"user", "ana"}, {"vsn", "abc"}}).status == 403);
}

TEST_CASE_FIXTURE(channel_case, "a client of version 1 speaks in objects, and shares topics with others") {
  const auto ana = connect<doorman>({{"user", "ana"}, {"vsn", "1.0.0"}});
  const auto bob = connect<doorman>({{"user", "bob"}});
  const auto old_room = ana.join("room:1");
  const auto new_room = bob.join("room:1");
  broadcast("room:1", "news", {{"n", 1}});
  old_room.assert_push("news", {{"n", 1}});
  new_room.assert_push("news", {{"n", 1}});
  old_room.leave();
  settle();
  CHECK(
      ana.frames() ==
      std::vector<std::string>{
          R"({"event":"phx_reply","payload":{"response":{"name":"room:1","subtopic":"1","n":0},"status":"ok"},"ref":"1","topic":"room:1"})",
          R"({"event":"news","payload":{"n":1},"ref":null,"topic":"room:1"})",
          R"({"event":"phx_reply","payload":{"response":{},"status":"ok"},"ref":"2","topic":"room:1"})",
          R"({"event":"phx_close","payload":{},"ref":"1","topic":"room:1"})"});
  CHECK(old_room.at() == client_channel::state::closed);
}

TEST_CASE_FIXTURE(channel_case, "a broadcast of bytes passes by a client of version 1, which has no words for it") {
  const auto ana = connect<doorman>({{"user", "ana"}, {"vsn", "1.0.0"}});
  const auto room = ana.join("room:1");
  broadcast("room:1", "bytes", bennu::binary{"x"});
  room.refute_pushes();
  CHECK(log().back() ==
        "warning: clients of room:1 miss the broadcast \"bytes\": their version of the protocol has no form for its "
        "payload");
  broadcast("room:1", "news");
  room.assert_push("news");
}
