#include <bennu/channels/internal/waiting_messages.hpp>

#include <string>
#include <utility>

#include <doctest/doctest.h>

using bennu::message;
using bennu::waiting_messages;

namespace {

message of(std::string topic, std::string event, std::size_t bytes = 10) {
  message m;
  m.topic = std::move(topic);
  m.event = std::move(event);
  m.bytes = bytes;
  return m;
}

}  // namespace

TEST_CASE("messages of a topic wait in order, independently of other topics") {
  waiting_messages waiting;
  CHECK(waiting.empty());
  CHECK(waiting.first("a") == nullptr);
  waiting.push(of("a", "1"));
  waiting.push(of("b", "2"));
  waiting.push(of("a", "3"));
  REQUIRE(waiting.first("a") != nullptr);
  CHECK(waiting.first("a")->event == "1");
  CHECK(waiting.pop("a").event == "1");
  CHECK(waiting.pop("a").event == "3");
  CHECK_FALSE(waiting.has("a"));
  CHECK(waiting.has("b"));
  CHECK(waiting.pop("b").event == "2");
  CHECK(waiting.empty());
}

TEST_CASE("the join that came first is known, also when another one is taken") {
  waiting_messages waiting;
  CHECK(waiting.first_join() == nullptr);
  waiting.push(of("a", "say"));
  waiting.push(of("a", "phx_join"));
  waiting.push(of("b", "phx_join"));
  waiting.push(of("a", "phx_join"));
  CHECK(waiting.joins() == 3);
  CHECK(*waiting.first_join() == "a");
  CHECK(waiting.pop("b").is_join());
  CHECK(waiting.joins() == 2);
  waiting.pop("a");
  CHECK(waiting.joins() == 2);
  waiting.pop("a");
  CHECK(*waiting.first_join() == "a");
  waiting.pop("a");
  CHECK(waiting.first_join() == nullptr);
  CHECK(waiting.joins() == 0);
}

TEST_CASE("messages that wait are counted with their bytes") {
  waiting_messages waiting;
  waiting.push(of("a", "1", 100));
  waiting.push(of("b", "2", 20));
  CHECK(waiting.size().messages == 2);
  CHECK(waiting.size().bytes == 120);
  waiting.pop("a");
  CHECK(waiting.size().messages == 1);
  CHECK(waiting.size().bytes == 20);
}
