#include <load/script.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

namespace {

using load::parse_script;
using load::step;

step made(step::kind action, std::string name, std::string topic = {}, std::string payload = "{}") {
  return {
      .action = action, .name = std::move(name), .topic = std::move(topic), .payload = std::move(payload), .time = {}};
}

std::string error_of(std::string_view text) {
  try {
    parse_script(text);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("a script is read, its loops unrolled") {
  const auto s = parse_script(R"({
    "setup": [{"join": "room:{client}", "payload": {"name": "c{client}"}}],
    "steps": [
      {"repeat": 2, "steps": [{"push": "echo", "payload": {"n": 1}}, {"sleep_ms": 20}]},
      {"cast": "shout", "topic": "room:lobby"},
      {"await": "shout"},
      {"leave": "room:{client}"}
    ]
  })");
  CHECK(s.setup == std::vector{made(step::kind::join, "room:{client}", {}, R"({"name":"c{client}"})")});
  const auto push = made(step::kind::push, "echo", {}, R"({"n":1})");
  auto sleep = made(step::kind::sleep, {});
  sleep.time = std::chrono::milliseconds{20};
  CHECK(s.steps == std::vector{push, sleep, push, sleep, made(step::kind::cast, "shout", "room:lobby"),
                               made(step::kind::await, "shout"), made(step::kind::leave, "room:{client}")});
}

TEST_CASE("a mistake in a script is reported with its position") {
  CHECK(error_of("{") != "no error");
  CHECK(error_of("[]") == "the script: expected an object with \"steps\", got array");
  CHECK(error_of(R"({"step": []})") == "the script: knows \"setup\" and \"steps\", not \"step\"");
  CHECK(error_of(R"({"steps": {}})") == "steps: expected an array of steps, got object");
  CHECK(error_of(R"({"steps": [1]})") == "steps[0]: expected an object, got integer");
  CHECK(error_of(R"({"steps": [{"wait": 1}]})") ==
        "steps[0]: expected one of join, leave, push, cast, await, sleep_ms or repeat");
  CHECK(error_of(R"({"steps": [{"push": "a", "leave": "b"}]})") ==
        "steps[0]: a step does one thing, got \"leave\" and \"push\"");
  CHECK(error_of(R"({"steps": [{"push": "a", "paylod": {}}]})") == "steps[0]: \"paylod\" does not go with \"push\"");
  CHECK(error_of(R"({"steps": [{"push": 1}]})") == "steps[0].push: expected a string, got integer");
  CHECK(error_of(R"({"steps": [{"repeat": 2, "steps": [{"sleep_ms": -1}]}]})") ==
        "steps[0].steps[0].sleep_ms: expected a number from 0, got -1");
}

TEST_CASE("a script that would never rest, or never end to be read, is refused") {
  CHECK(error_of(R"({"steps": [{"cast": "shout"}]})") ==
        "steps: no step in there takes any time, so it would never pause");
  CHECK(error_of(R"({"steps": [{"repeat": 1000, "steps": [{"repeat": 1000, "steps": [{"push": "a"}]}]}]})") ==
        "steps[0]: that makes more than 100,000 steps");
}

}  // namespace
