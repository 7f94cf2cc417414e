#include <bennu/channels/testing/channel_case.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace bennu::testing;
using bennu::binary;
using bennu::exit_reason;
using bennu::json;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;

namespace {

struct order {
  std::string dish;
  int count = 0;
  static void fields(auto& self, auto&& f) {
    f("dish", self.dish);
    f("count", self.count, bennu::between(1, 10));
  }
};

class kitchen final : public bennu::channel {
public:
  static void handlers(bennu::handlers<kitchen>& on) {
    on.in("nothing", [](kitchen&, const payload&) { return bennu::noreply; });
    on.in("void", [](kitchen& self, const payload&) { self.push("seen", {}); });
    on.in("ok", [](kitchen&, payload received) { return reply(bennu::ok, std::move(received)); });
    on.in("empty", [](kitchen&, const payload&) { return reply(bennu::ok); });
    on.in("error", [](kitchen&, payload received) { return reply(bennu::error, std::move(received)); });
    on.in("teapot", [](kitchen&, const payload&) { return reply(bennu::status{"teapot"}, {{"short", true}}); });
    on.in("stop", [](kitchen&, const payload&) { return stop(bennu::normal); });
    on.in("stop_reply",
          [](kitchen&, payload received) { return stop(bennu::shutdown, reply(bennu::ok, std::move(received))); });
    on.in("stop_error",
          [](kitchen&, const payload&) { return stop(exit_reason::error("burnt"), reply(bennu::error)); });
    on.in("slow",
          [](kitchen&, json received) { return bennu::blocking([received] { return reply(bennu::ok, received); }); });
    on.in("slow_stop", [](kitchen&, const payload&) { return bennu::blocking([] { return stop(bennu::normal); }); });
    on.in("slow_crash", [](kitchen&, const payload&) {
      return bennu::blocking([]() -> bennu::in_result { throw std::runtime_error("out of gas"); });
    });
    on.in("twice_slow", [](kitchen&, const payload&) {
      return bennu::blocking(
          []() -> bennu::in_result { return bennu::blocking([] { return reply(bennu::ok, {{"jobs", 2}}); }); });
    });
    on.in("crash", [](kitchen&, const payload&) { throw std::runtime_error("fire"); });
    on.in("crash_oddly", [](kitchen&, const payload&) { throw 42; });
    on.in("order", &kitchen::take);
    on.in("bytes", [](kitchen&, binary received) { return reply(bennu::ok, binary{received.data + received.data}); });
    on.in("push_text", [](kitchen& self, const payload&) { self.push("text", json{"no object"}); });
  }

  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

private:
  bennu::in_result take(const order& received) {
    if (received.dish == "soup") return reply(bennu::error, {{"reason", "sold out"}});
    push("cooking", received);
    return reply(bennu::ok, {{"count", received.count}});
  }
};

/// Takes events that it does not know by name.
class waiter final : public bennu::channel {
public:
  static void handlers(bennu::handlers<waiter>& on) {
    on.in("known", [](waiter&, const payload&) { return reply(bennu::ok, {{"by", "name"}}); });
    on.any([](waiter&, std::string_view event, payload received) {
      return reply(bennu::ok,
                   json{{"event", event}, {"content", received.is_binary() ? json{"binary"} : received.as_json()}});
    });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a push with noreply, or a handler that returns nothing, is not answered") {
  const auto room = join<kitchen>("room:1");
  room.refute_reply(room.push_in("nothing"));
  room.refute_reply(room.push_in("void"));
  room.assert_push("seen");
  CHECK(room.at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "a push is answered with a status of any name, and a payload of any kind or none") {
  const auto room = join<kitchen>("room:1");
  room.assert_reply(room.push_in("ok", {{"a", 1}}), bennu::ok, {{"a", 1}});
  room.assert_reply(room.push_in("ok", json{json::array{1, "two", nullptr}}), bennu::ok,
                    json{json::array{1, "two", nullptr}});
  room.assert_reply(room.push_in("ok", json{}), bennu::ok, json{});
  room.assert_reply(room.push_in("empty"), bennu::ok, {});
  room.assert_reply(room.push_in("error", {{"reason", "no"}}), bennu::error, {{"reason", "no"}});
  room.assert_reply(room.push_in("teapot"), bennu::status{"teapot"}, {{"short", true}});
}

TEST_CASE_FIXTURE(channel_case,
                  "a push that stops the channel in good order is answered, then the client sees phx_close") {
  const auto ana = socket();
  const auto room = ana.join<kitchen>("room:1");
  const auto push = room.push_in("stop_reply", {{"bye", true}});
  room.assert_reply(push, bennu::ok, {{"bye", true}});
  room.assert_ended(bennu::shutdown);
  CHECK(room.at() == state::closed);
  CHECK(ana.frames().back() == R"(["1","1","room:1","phx_close",{}])");

  const auto quiet = join<kitchen>("room:1");
  quiet.refute_reply(quiet.push_in("stop"));
  quiet.assert_ended(bennu::normal);
  CHECK(quiet.at() == state::closed);
}

TEST_CASE_FIXTURE(channel_case,
                  "a push that stops the channel with an error is answered, then the client sees phx_error") {
  const auto ana = socket();
  const auto room = ana.join<kitchen>("room:1");
  room.assert_reply(room.push_in("stop_error"), bennu::error, {});
  room.assert_ended(exit_reason::error("burnt"));
  CHECK(room.at() == state::errored);
  CHECK(ana.frames().back() == R"(["1","1","room:1","phx_error",{"reason":"channel_crash"}])");
}

TEST_CASE_FIXTURE(channel_case, "an exception ends the channel, and nothing else") {
  const auto ana = socket();
  const auto room = ana.join<kitchen>("room:1");
  const auto other = ana.join<kitchen>("room:2");
  room.refute_reply(room.push_in("crash"));
  room.assert_ended(exit_reason::error("fire"));
  CHECK(room.at() == state::errored);
  CHECK(log().back().ends_with(", in \"crash\": channel room:1 crashed: fire"));

  other.assert_reply(other.push_in("empty"), bennu::ok);
  other.refute_reply(other.push_in("crash_oddly"));
  other.assert_ended(exit_reason::error("an exception that is no std::exception"));
  CHECK(ana.is_open());
}

TEST_CASE_FIXTURE(channel_case, "an event without a handler crashes the channel") {
  const auto room = join<kitchen>("room:1");
  room.refute_reply(room.push_in("unheard_of"));
  room.assert_ended(exit_reason::error("unhandled event"));
  CHECK(room.at() == state::errored);
}

TEST_CASE_FIXTURE(channel_case, "Phoenix's own events are ordinary ones if a client pushes them") {
  for (const auto* event : {"phx_close", "phx_error", "phx_reply"}) {
    const auto room = join<waiter>("room:1");
    room.assert_reply(room.push_in(event, {{"n", 1}}), bennu::ok, json{{"event", event}, {"content", json{{"n", 1}}}});
  }
}

TEST_CASE_FIXTURE(channel_case, "a handler of any event takes those that no handler has the name of") {
  const auto room = join<waiter>("room:1");
  room.assert_reply(room.push_in("known"), bennu::ok, {{"by", "name"}});
  room.assert_reply(room.push_in("new"), bennu::ok, json{{"event", "new"}, {"content", json::object{}}});
  room.assert_reply(room.push_in("bytes", binary{"x"}), bennu::ok, json{{"event", "bytes"}, {"content", "binary"}});
}

// -- payloads ---------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a struct is decoded from the payload, and encoded into the pushed one") {
  const auto room = join<kitchen>("room:1");
  room.assert_reply(room.push_in("order", order{"pie", 2}), bennu::ok, {{"count", 2}});
  room.assert_push("cooking", {{"dish", "pie"}, {"count", 2}});
  room.assert_reply(room.push_in("order", order{"soup", 1}), bennu::error, {{"reason", "sold out"}});
}

TEST_CASE_FIXTURE(channel_case, "a payload that is not the struct is answered with an error that names the field") {
  const auto room = join<kitchen>("room:1");
  const auto check = [&](const payload& received, std::string_view field, std::string_view text) {
    room.assert_reply(room.push_in("order", received), bennu::error,
                      json{{"reason", "invalid payload"}, {"field", field}, {"message", text}});
  };
  check({{"dish", 7}, {"count", 1}}, "dish", "expected string, got integer");
  check({{"dish", "pie"}}, "count", "is missing");
  check({{"dish", "pie"}, {"count", 11}}, "count", "expected 1 to 10, got 11");
  check(json{"pie"}, "", "expected object, got string");
  check(binary{"pie"}, "", "expected JSON, got binary");
  CHECK(room.at() == state::joined);
}

TEST_CASE_FIXTURE(channel_case, "bytes come in and go out as bytes") {
  const auto room = join<kitchen>("room:1");
  room.assert_reply(room.push_in("bytes", binary{{"\0\xff", 2}}), bennu::ok, binary{{"\0\xff\0\xff", 4}});
  room.assert_reply(room.push_in("bytes", {{"a", 1}}), bennu::error,
                    {{"reason", "invalid payload"}, {"field", ""}, {"message", "expected binary, got JSON"}});
}

TEST_CASE_FIXTURE(channel_case, "a push must be an object or bytes; any other payload crashes the channel") {
  const auto room = join<kitchen>("room:1");
  room.push_in("push_text");
  room.assert_ended(exit_reason::error("the payload of \"text\" must be a JSON object or binary, got string"));
  room.refute_pushes();
}

// -- jobs -------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "a blocking job may reply, stop or crash, or return another job") {
  const auto room = join<kitchen>("room:1");
  room.assert_reply(room.push_in("slow", {{"a", 1}}), bennu::ok, {{"a", 1}});
  room.assert_reply(room.push_in("twice_slow"), bennu::ok, {{"jobs", 2}});
  room.refute_reply(room.push_in("slow_crash"));
  room.assert_ended(exit_reason::error("out of gas"));

  const auto other = join<kitchen>("room:1");
  other.push_in("slow_stop");
  other.assert_ended(bennu::normal);
}

TEST_CASE_FIXTURE(channel_case,
                  "while a job runs, the channel's other messages wait, and are handled in order after it") {
  hold_jobs();
  const auto ana = socket();
  const auto room = ana.join<kitchen>("room:1");
  const auto other = ana.join<kitchen>("room:2");
  const auto slow = room.push_in("slow", {{"n", 1}});
  const auto next = room.push_in("ok", {{"n", 2}});
  const auto beside = other.push_in("empty");
  settle();
  CHECK(room.reply_to(slow) == std::nullopt);
  CHECK(room.reply_to(next) == std::nullopt);
  CHECK(other.reply_to(beside) == reply(bennu::ok));

  release_jobs();
  settle();
  const auto& frames = ana.frames();
  REQUIRE(frames.size() == 5);
  CHECK(frames[3] == R"(["1","3","room:1","phx_reply",{"status":"ok","response":{"n":1}}])");
  CHECK(frames[4] == R"(["1","4","room:1","phx_reply",{"status":"ok","response":{"n":2}}])");
}
