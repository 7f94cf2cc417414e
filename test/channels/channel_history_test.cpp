// What a client missed: joins with history, replay, positions.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/internal/channel_history.hpp>
#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/channels/testing/explore.hpp>
#include <bennu/runtime/json_parse.hpp>

using namespace bennu::testing;
using namespace bennu::literals;
using namespace std::chrono_literals;
using bennu::binary;
using bennu::json;
using bennu::payload;
using bennu::retention;

namespace {

class log_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<log_channel>& on) {
    on.history({.messages = 20, .age = 5min, .bytes = 1_MB});
    on.slow_client(bennu::drop_newest());
    on.in("say", [](log_channel& self, const payload& what) { self.broadcast("said", what); });
    on.in("say_to_others", [](log_channel& self, const payload& what) { self.broadcast_from("said", what); });
    on.in("whisper",
          [](log_channel& self, const payload& what) { self.broadcast("whispered", what, retention::transient); });
    on.in("position",
          [](log_channel& self, const payload&) { return reply(bennu::ok, {{"at", self.history_position()}}); });
    on.in("recovery", [](log_channel& self, const payload&) {
      const auto found = self.recovery();
      if (!found) return reply(bennu::ok);
      return reply(bennu::ok, {{"recovered", found->recovered()},
                               {"missed", static_cast<std::int64_t>(found->missed)},
                               {"reason", to_string(found->loss)}});
    });
    on.out("private", [](log_channel& self, const json& what) -> bennu::out_result {
      if (what["crash"] == json{true}) self.push("before the crash", {});
      if (what["crash"] == json{true}) throw std::runtime_error("crash");
      for (int i = 1; i <= what["times"].if_int64().value_or(1); ++i)
        self.push("private", {{"n", what["n"]}, {"i", i}});
      return bennu::noreply;
    });
    on.out("private_bytes", [](log_channel& self, const payload& what) { self.push("private_bytes", what); });
  }

  bennu::join_result join(const bennu::topic& topic, payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["refuse"] == json{true}) return bennu::refuse();
    if (wanted["list"] == json{true}) return bennu::accept(json{json::array{}});
    if (wanted["snapshot"] == json{true}) {
      return bennu::blocking(
          [at = history_position()] { return bennu::accept({{"at", at}, {"history", "of the class"}}); });
    }
    return bennu::accept({{"topic", topic.name()}, {"seen", wanted}});
  }
};

class log_socket final : public bennu::user_socket {
public:
  log_socket() { channel<log_channel>("log:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

class plain_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<plain_channel>& on) {
    on.in("position", [](plain_channel& self, const payload&) { self.history_position(); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

struct frame {
  json join_ref;
  std::string ref;  ///< the position, or empty
  std::string event;
  json payload;
  bool operator==(const frame&) const = default;
};

/// One client of "log:1", which keeps its position as a client is told to.
struct reader {
  explicit reader(client_socket made) : socket(made) {}

  json join(const json& history, const json& more = json::object{}) {
    json params = more;
    if (!history.is_null()) params.set("history", history);
    before = socket.frames().size();
    channel = socket.join("log:1", params);
    const auto answer = channel->join_reply()->body.as_json()["history"];
    if (answer.is_object()) {
      position = answer.as_string("at");
      session = answer.as_string("session");
    }
    return answer;
  }
  json since(const reader& earlier) { return join({{"since", earlier.position}, {"session", earlier.session}}); }

  /// The frames of the topic after the answer of the join, each with its position if it has one; each is read once.
  std::vector<frame> take() {
    std::vector<frame> all;
    for (; before < socket.frames().size(); ++before) {
      const auto& bytes = socket.frames()[before];
      if (bytes.front() != '[') {
        all.push_back(frame{json{}, "", "(bytes)", json{}});
        continue;
      }
      const auto parsed = std::get<json>(bennu::parse_json(bytes, 64)).as_array();
      if (parsed[3] == json{"phx_reply"} || parsed[2] != json{"log:1"}) continue;
      const auto* ref = parsed[1].if_string();
      all.push_back(frame{parsed[0], ref != nullptr ? *ref : std::string{}, parsed[3].as_string(), parsed[4]});
      if (ref != nullptr && ref->starts_with('@')) position = *ref;
    }
    return all;
  }
  /// As text: the events, each with its number `n`, and a + if it has a position.
  std::string got() {
    std::string text;
    for (const auto& one : take()) {
      text += one.event;
      if (one.payload.find("n") != nullptr) text += one.payload["n"].dump();
      text += one.ref.starts_with('@') ? "+ " : " ";
    }
    return text;
  }

  client_socket socket;
  std::optional<client_channel> channel;
  std::string position;
  std::string session;
  std::size_t before = 0;
};

class history_case : public channel_case {
public:
  explicit history_case(void (*change)(bennu::limits&) = nullptr) {
    if (change != nullptr) change(limits());
    mount<log_socket>();
  }

  reader connect() { return reader{test_node::connect<log_socket>()}; }
  void say(int from, int to, const char* event = "said") {
    for (int n = from; n <= to; ++n) broadcast("log:1", event, {{"n", n}});
    settle();
  }
};

const json positions_only = json::object{};

}  // namespace

TEST_CASE_FIXTURE(history_case, "a client that asks for positions gets one with each broadcast that is kept") {
  auto ana = connect();
  const auto answer = ana.join(positions_only);
  CHECK(answer["recovered"] == json{true});
  CHECK(answer["missed"] == json{0});
  CHECK(answer.find("reason") == nullptr);
  CHECK(answer.as_string("at").starts_with('@'));
  CHECK(answer.as_string("at").size() <= 32);
  CHECK(ana.channel->join_reply()->body.as_json()["seen"] == json{{"history", positions_only}});
  say(1, 2);
  const auto got = ana.take();
  REQUIRE(got.size() == 2);
  CHECK(got[0].join_ref.is_null());
  CHECK(got[0].ref.starts_with('@'));
  CHECK(got[0].ref.size() <= 32);
  CHECK(got[0].ref != got[1].ref);
  CHECK(got[0].event == "said");
  CHECK(got[0].payload == json{{"n", 1}});
}

TEST_CASE_FIXTURE(history_case, "a client that joins without history sees what it saw without it") {
  auto ana = connect();
  ana.join({});
  CHECK(ana.channel->join_reply()->body.as_json().find("history") == nullptr);
  say(1, 1);
  CHECK(ana.socket.frames().back() == R"([null,null,"log:1","said",{"n":1}])");
}

TEST_CASE_FIXTURE(history_case, "on a topic whose class keeps no history the key means nothing") {
  const auto ana = join<plain_channel>("room:1", {{"history", positions_only}});
  CHECK(ana.join_reply()->body.as_json().find("history") == nullptr);
  const auto push = ana.push_in("position");
  settle();
  CHECK(ana.ended()->code() == bennu::exit_reason::kind::error);
  ana.refute_reply(push);
}

TEST_CASE_FIXTURE(history_case,
                  "a client that was cut off gets what it missed, in order, each once, and then what is live") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 2);
  CHECK(ana.got() == "said1+ said2+ ");
  ana.socket.cut();
  say(3, 5);
  auto again = connect();
  const auto answer = again.since(ana);
  CHECK(answer["recovered"] == json{true});
  CHECK(answer["missed"] == json{3});
  CHECK(answer["at"] == json{ana.position});  // time stands still here
  say(6, 6);
  CHECK(again.got() == "said3+ said4+ said5+ said6+ ");
}

TEST_CASE_FIXTURE(history_case, "the answer's position is safe to keep at once") {
  say(1, 3);
  auto ana = connect();
  ana.join({{"last", 3}});
  auto again = connect();  // ana was cut before she got any of the three
  const auto answer = again.since(ana);
  CHECK(answer["recovered"] == json{true});
  CHECK(again.got() == "said1+ said2+ said3+ ");
}

TEST_CASE_FIXTURE(history_case, "at each position that a client ever holds, it gets exactly the rest") {
  auto ana = connect();
  std::vector<std::string> held{ana.join(positions_only).as_string("at")};
  say(1, 10);
  for (const auto& one : ana.take()) held.push_back(one.ref);
  for (std::size_t n = 0; n < held.size(); ++n) {
    auto again = connect();
    again.join({{"since", held[n]}});
    std::string rest;
    for (auto i = n + 1; i <= 10; ++i) rest += "said" + std::to_string(i) + "+ ";
    CHECK(again.got() == rest);
  }
}

TEST_CASE_FIXTURE(history_case, "a client gets the newest messages, or those of a time") {
  say(1, 4);
  advance(10s);
  say(5, 6);
  auto ana = connect();
  CHECK(ana.join({{"last", 3}})["recovered"] == json{true});
  CHECK(ana.got() == "said4+ said5+ said6+ ");
  auto bob = connect();
  CHECK(bob.join({{"within", 5'000}})["missed"] == json{2});
  CHECK(bob.got() == "said5+ said6+ ");
}

TEST_CASE_FIXTURE(history_case, "a client is told why it does not get all that it asked for") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 25);
  auto late = connect();
  const auto expired = late.since(ana);
  CHECK(expired["recovered"] == json{false});
  CHECK(expired["reason"] == json{"expired"});
  CHECK(expired["missed"] == json{20});
  CHECK(late.take().size() == 20);

  for (const auto& wrong : {json{{"since", "garbage"}}, json{{"since", 1}}, json{{"last", -1}}, json{{"within", "1"}},
                            json{{"since", ana.position}, {"last", 1}}, json{"all"}, json{true}, json{1}}) {
    auto eve = connect();
    const auto unknown = eve.join(wrong);
    CHECK(unknown["recovered"] == json{false});
    CHECK(unknown["reason"] == json{"unknown"});
    CHECK(unknown["missed"] == json{0});
    say(99, 99);
    CHECK(eve.got() == "said99+ ");
  }
  CHECK(counted(bennu::metric::history_expired) == 1);
  CHECK(counted(bennu::metric::history_unknown) == 8);
  CHECK(counted(bennu::metric::history_replayed) == 20);
}

namespace {

struct small_case : history_case {
  small_case()
      : history_case([](bennu::limits& l) {
          l.max_replayed_messages = 2;
          l.shed_outbox_messages = 4;
          l.max_outbox_messages = 10;
        }) {}
};

}  // namespace

TEST_CASE_FIXTURE(small_case, "a client gets no more messages at once than may be replayed, and is told") {
  say(1, 3);
  auto ana = connect();
  const auto answer = ana.join({{"last", 3}});
  CHECK(answer["recovered"] == json{false});
  CHECK(answer["reason"] == json{"limit"});
  CHECK(ana.got() == "said2+ said3+ ");
  CHECK(counted(bennu::metric::history_limited) == 1);
}

TEST_CASE_FIXTURE(history_case, "a client of a quiet topic is recovered, also if no message is left") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 1);
  ana.take();
  advance(4min);
  ana.take();
  ana.socket.cut();
  advance(4min);
  auto again = connect();
  const auto answer = again.since(ana);
  CHECK(answer["recovered"] == json{true});
  CHECK(answer["missed"] == json{0});
}

TEST_CASE_FIXTURE(history_case, "a quiet client gets the position at least twice in the age of the messages") {
  auto ana = connect();
  ana.join(positions_only);
  advance(151s);
  const auto got = ana.take();
  REQUIRE(got.size() >= 1);
  CHECK(got[0].event == "$position");
  CHECK(got[0].payload == json::object{});
  CHECK(got[0].ref.starts_with('@'));
  advance(75s);
  CHECK(ana.got() == "$position+ ");
  say(1, 1);
  advance(75s);
  CHECK(ana.got() == "said1+ ");
}

TEST_CASE_FIXTURE(history_case, "messages that are not kept come in their place, and are not replayed") {
  auto ana = connect();
  ana.join(positions_only);
  ana.channel->push_in("say", {{"n", 1}});
  ana.channel->push_in("whisper", {{"n", 2}});
  ana.channel->push_in("say", {{"n", 3}});
  settle();
  CHECK(ana.got() == "said1+ whispered2 said3+ ");
  auto bob = connect();
  bob.join({{"last", 10}});
  CHECK(bob.got() == "said1+ said3+ ");
}

TEST_CASE_FIXTURE(history_case, "a client does not get again what an earlier join of it has sent to all others") {
  auto ana = connect();
  auto bob = connect();
  ana.join(positions_only);
  bob.join(positions_only);
  ana.channel->push_in("say_to_others", {{"n", 1}});
  settle();
  bob.channel->push_in("say_to_others", {{"n", 2}});
  settle();
  ana.channel->push_in("say_to_others", {{"n", 3}});
  settle();
  const auto start = ana.position;
  CHECK(bob.got() == "said1+ said3+ ");
  CHECK(ana.got() == "said2+ ");

  auto again = connect();
  const auto answer = again.join({{"since", start}, {"session", ana.session}});
  CHECK(answer["missed"] == json{1});
  CHECK(again.got() == "said2+ ");
  auto third = connect();
  third.join({{"since", start}, {"session", again.session}});
  CHECK(third.got() == "said2+ ");
  auto without = connect();
  without.join({{"since", start}});
  CHECK(without.got() == "said1+ said2+ said3+ ");
  // Another client with a copy of the session is denied nothing that came later.
  ana.channel->push_in("say_to_others", {{"n", 4}});
  settle();
  auto copy = connect();
  copy.join({{"since", start}, {"session", again.session}});
  CHECK(copy.got() == "said2+ said4+ ");
}

TEST_CASE_FIXTURE(history_case, "the last push of an interceptor carries the position, and nothing overtakes it") {
  auto ana = connect();
  ana.join(positions_only);
  broadcast("log:1", "private", {{"n", 1}, {"times", 3}});
  broadcast("log:1", "said", {{"n", 2}});
  settle();
  const auto got = ana.take();
  REQUIRE(got.size() == 4);
  CHECK(got[0].event == "private");
  CHECK(got[0].ref.empty());
  CHECK(got[1].ref.empty());
  CHECK(got[2].ref.starts_with('@'));
  CHECK(got[2].join_ref.is_string());
  CHECK(got[2].payload["i"] == json{3});
  CHECK(got[3].event == "said");
  auto again = connect();
  again.join({{"since", got[2].ref}});
  CHECK(again.got() == "said2+ ");
}

TEST_CASE_FIXTURE(history_case, "interceptors run on what is replayed") {
  say(1, 1, "private");
  say(2, 2);
  say(3, 3, "private");
  auto ana = connect();
  CHECK(ana.join({{"last", 3}})["missed"] == json{3});
  CHECK(ana.got() == "private1+ said2+ private3+ ");
}

TEST_CASE_FIXTURE(history_case, "a client whose interceptor drops a broadcast gets the position later") {
  auto ana = connect();
  ana.join(positions_only);
  broadcast("log:1", "private", {{"n", 1}, {"times", 0}});
  settle();
  CHECK(ana.got().empty());
  advance(151s);
  CHECK(ana.got().starts_with("$position+ "));
  auto again = connect();
  again.since(ana);
  CHECK(again.got().empty());
}

TEST_CASE_FIXTURE(history_case, "an interceptor that fails leaves the position where it was") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 1);
  ana.take();
  broadcast("log:1", "private", {{"n", 2}, {"crash", true}});
  settle();
  CHECK(ana.got() == "before the crash phx_error ");
}

TEST_CASE_FIXTURE(history_case, "bytes are followed by their position") {
  auto ana = connect();
  ana.join(positions_only);
  broadcast("log:1", "picture", binary{"bytes"});
  broadcast("log:1", "private_bytes", binary{"bytes"});
  settle();
  const auto got = ana.take();
  REQUIRE(got.size() == 4);
  CHECK(got[0].event == "(bytes)");
  CHECK(got[1].event == "$position");
  CHECK(got[1].join_ref.is_null());
  CHECK(got[2].event == "(bytes)");
  CHECK(got[3].event == "$position");
  auto again = connect();
  again.join({{"since", got[1].ref}});
  CHECK(again.got() == "(bytes) $position+ ");
}

TEST_CASE_FIXTURE(history_case, "version 1 of the protocol has the position as ref") {
  say(1, 1);
  const auto ana = test_node::connect<log_socket>({{"vsn", "1.0.0"}});
  ana.join("log:1", {{"history", json{{"last", 1}}}});
  broadcast("log:1", "private", {{"n", 2}});
  settle();
  const auto& frames = ana.frames();
  REQUIRE(frames.size() == 3);
  const auto replayed = std::get<json>(bennu::parse_json(frames[1], 64));
  CHECK(replayed["event"] == json{"said"});
  CHECK(replayed.as_string("ref").starts_with('@'));
  const auto pushed = std::get<json>(bennu::parse_json(frames[2], 64));
  CHECK(pushed["event"] == json{"private"});
  CHECK(pushed.as_string("ref").starts_with('@'));
}

TEST_CASE_FIXTURE(history_case, "a refused join has no history") {
  auto ana = connect();
  const auto answer = ana.socket.assert_join_refused("log:1", {{"refuse", true}, {"history", positions_only}});
  CHECK(answer == payload{});
}

TEST_CASE_FIXTURE(history_case, "a class that answers with no object cannot answer a join with history") {
  auto ana = connect();
  ana.socket.assert_join_refused("log:1", {{"list", true}, {"history", positions_only}});
  CHECK(log().back().find("must be accepted with an object") != std::string::npos);
  auto bob = connect();
  bob.join({}, {{"list", true}});
  CHECK(bob.channel->join_reply()->body.as_json() == json::array{});
}

TEST_CASE_FIXTURE(history_case, "a channel knows what its client has recovered") {
  say(1, 2);
  auto ana = connect();
  ana.join({{"last", 2}});
  const auto asked = ana.channel->push_in("recovery");
  ana.channel->assert_reply(asked, bennu::ok, {{"recovered", true}, {"missed", 2}, {"reason", ""}});
  auto bob = connect();
  bob.join({});
  CHECK(bob.channel->assert_reply(bob.channel->push_in("recovery"), bennu::ok) == payload{});
}

TEST_CASE_FIXTURE(history_case, "nothing is missing between a snapshot and the stream after it") {
  for (const auto& asks : {json{}, positions_only}) {
    CAPTURE(asks.dump());
    auto bob = connect();
    hold_jobs();
    json params{{"snapshot", true}};
    if (!asks.is_null()) params.set("history", asks);
    const auto channel = bob.socket.begin_join("log:1", params);
    settle();
    say(1, 2);  // after the position, and before the join is accepted
    run_job();
    release_jobs();
    settle();
    say(3, 3);
    const auto& answer = channel.join_reply()->body.as_json();
    CHECK(answer.as_string("at").starts_with('@'));
    CHECK(bob.got() == (asks.is_null() ? "said1 said2 said3 " : "said1+ said2+ said3+ "));
    CHECK((answer["history"] == json{"of the class"}) == asks.is_null());
    if (!asks.is_null()) CHECK(answer["history"]["missed"] == json{2});
  }
}

TEST_CASE_FIXTURE(history_case, "a position that was handed out by the channel is one to join with") {
  auto ana = connect();
  ana.join({});
  const auto answer = ana.channel->assert_reply(ana.channel->push_in("position"), bennu::ok);
  say(1, 1);
  auto again = connect();
  CHECK(again.join({{"since", answer.as_json()["at"]}})["recovered"] == json{true});
  CHECK(again.got() == "said1+ ");
}

TEST_CASE_FIXTURE(history_case, "any thread reads and drops the history of a topic") {
  auto ana = connect();
  ana.join(positions_only);
  say(1, 2);
  ana.take();
  const auto page = pubsub().history()->read("log:1", {bennu::history_request::last{5}}, 10);
  REQUIRE(page->messages.size() == 2);
  CHECK(page->messages[1].payload == payload{{"n", 2}});
  CHECK(page->messages[1].position == ana.position);
  say(3, 3);
  pubsub().history()->drop("log:1");
  auto again = connect();
  CHECK(again.since(ana)["reason"] == json{"expired"});
}

namespace {

/// Clients who get what they missed in pieces of one message, because each is large.
class large_case : public history_case {
public:
  void say_large(int from, int to) {
    for (int n = from; n <= to; ++n) {
      broadcast("log:1", "said", {{"n", n}, {"pad", std::string(40'000, 'x')}});
    }
    settle();
  }
  std::string all(int from, int to) {
    std::string text;
    for (int n = from; n <= to; ++n) text += "said" + std::to_string(n) + "+ ";
    return text;
  }
};

}  // namespace

TEST_CASE_FIXTURE(large_case, "a client that reads slowly gets the rest when it has read the first part") {
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  say_large(11, 12);
  broadcast("log:1", "whispered", {{"n", 13}});
  settle();
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 12) + "whispered13+ ");
}

TEST_CASE_FIXTURE(large_case, "what is not kept keeps its place, also while the client is behind") {
  auto bob = connect();
  bob.join({});
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  bob.channel->push_in("whisper", {{"n", 11}});
  settle();
  say_large(12, 12);
  bob.channel->push_in("whisper", {{"n", 13}});
  settle();
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 10) + "whispered11 said12+ whispered13 ");
}

TEST_CASE_FIXTURE(large_case, "a client that falls out of the history is told in that place") {
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  pubsub().history()->drop("log:1");
  say_large(11, 11);
  ana.socket.resume_reading();
  settle();
  const auto got = ana.take();
  REQUIRE(got.size() >= 3);
  const auto& lost = got[got.size() - 2];
  CHECK(lost.event == "$history");
  CHECK(lost.join_ref.is_null());
  CHECK(lost.payload == json{{"recovered", false}, {"reason", "expired"}, {"missed", nullptr}});
  CHECK(got.back().event == "said");
  auto again = connect();
  CHECK(again.join({{"since", lost.ref}})["recovered"] == json{true});
  CHECK(again.got() == "said11+ ");
}

TEST_CASE_FIXTURE(large_case, "a client does not get its own broadcast to others, also while it is behind") {
  say_large(1, 10);
  auto ana = connect();
  ana.socket.stop_reading();
  const auto channel = ana.socket.begin_join("log:1", {{"history", json{{"last", 10}}}});
  settle();
  channel.push_in("say_to_others", {{"n", 11}});
  settle();
  say_large(12, 12);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 10) + "said12+ ");
}

TEST_CASE_FIXTURE(small_case,
                  "nothing is dropped for a slow client with positions: its connection is closed, and it recovers") {
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.stop_reading();
  for (int n = 1; n <= 15; ++n) say(n, n);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.socket.closed_with() == bennu::close_code::try_again_later);
  ana.take();
  auto again = connect();
  again.since(ana);
  const auto got = again.take();
  REQUIRE_FALSE(got.empty());
  CHECK(got.back().payload == json{{"n", 15}});
  CHECK(counted(bennu::metric::messages_dropped) == 0);
}

TEST_CASE("a request for history is read from the payload of a join") {
  using bennu::history_request;
  const auto read = [](const json& params) { return bennu::history_request_in(params); };
  CHECK_FALSE(read(json::object{}));
  CHECK_FALSE(read(json{"text"}));
  CHECK_FALSE(bennu::history_request_in(binary{"history"}));
  const auto within = read({{"history", json{{"within", UINT64_MAX}}}});
  REQUIRE(within);
  CHECK(std::get<history_request::within>(within->wanted).age > std::chrono::hours{24 * 365});
  const auto last = read({{"history", json{{"last", 3}, {"session", "s"}}}});
  REQUIRE(last);
  CHECK(std::get<history_request::last>(last->wanted).count == 3);
  CHECK(bennu::history_session_in(json{{"history", json{{"session", "s"}}}}) == "s");
  CHECK(bennu::history_session_in(json{{"history", json{{"session", 1}}}}).empty());
  CHECK(bennu::history_session_in(json{{"history", 1}}).empty());
}

TEST_CASE("clients of several threads see one order") {
  explore<channel_case>(200, [](channel_case& test) {
    std::vector<reader> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back(test.connect<log_socket>());
      clients.back().join(positions_only);
    }
    for (int n = 0; n < 20; ++n) {
      auto& one = clients[test.random(clients.size())];
      one.channel->push_in(test.random(3) == 0 ? "whisper" : "say", {{"n", n}});
      test.run_some();
    }
    test.settle();
    const auto first = clients[0].take();
    REQUIRE(first.size() == 20);
    for (std::size_t i = 1; i < clients.size(); ++i) REQUIRE(clients[i].take() == first);
  });
}
