#include <bennu/channels/internal/event_stream_join.hpp>

#include <bennu/transport/query.hpp>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

json params_of(std::string_view query) { return parse_query(query, {100, 10}).value(); }

/// The history that a join asks for.
json history_of(std::string_view query, const std::optional<std::string>& last_event_id = {}) {
  auto join = event_stream_join(params_of(query)).value();
  ask_for_history(join, last_event_id);
  return join.payload.as_json()["history"];
}

}  // namespace

TEST_CASE("the parameters name the topic and the payload of the join") {
  const auto join = event_stream_join(params_of("user=ana&topic=room:1&join[a][b]=c&join[n]=5")).value();
  CHECK(join.is_join());
  CHECK(join.topic == "room:1");
  CHECK(join.payload == payload{{"a", json{{"b", "c"}}}, {"n", "5"}});
  CHECK(event_stream_join(params_of("topic=room:1"))->payload == payload{});
}

TEST_CASE("a join needs a topic that is a text, and a payload that is an object") {
  for (const auto* query : {"", "topic[]=a", "topic[a]=b", "topic=a&join=b", "topic=a&join[]=b"}) {
    CHECK_FALSE(event_stream_join(params_of(query)));
  }
  CHECK(event_stream_join(params_of("topic=")));
}

TEST_CASE("decimal text counts as a number in the history of a join") {
  CHECK(history_of("topic=a&join[history][last]=5") == json{{"last", 5}});
  CHECK(history_of("topic=a&join[history][within]=0060000") == json{{"within", 60'000}});
  CHECK(history_of("topic=a&join[history][last]=99999999999999999999") == json{{"last", UINT64_MAX}});
  CHECK(history_of("topic=a&join[history][since]=5") == json{{"since", "5"}});
  for (const auto* text : {"", "-1", "+1", "1.5", "1e3", "0x1", "five"}) {
    CHECK(history_of("topic=a&join[history][last]=" + std::string{text}) ==
          json{{"last", text == std::string{"+1"} ? " 1" : text}});
  }
}

TEST_CASE("Last-Event-ID is the position after which the client continues, whatever else it asks for") {
  CHECK(history_of("topic=a", "@AbC") == json{{"since", "@AbC"}});
  CHECK(history_of("topic=a&join[history][last]=5&join[history][session]=s", "@AbC") ==
        json{{"since", "@AbC"}, {"session", "s"}});
}

TEST_CASE("a client that asks for no history gets positions") {
  CHECK(history_of("topic=a") == json::object{});
  CHECK(history_of("topic=a&join[history]=") == "");
}
