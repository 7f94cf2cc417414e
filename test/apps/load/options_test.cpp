#include <load/options.hpp>

#include <doctest/doctest.h>

namespace {

using load::options;

std::variant<options, load::exit_message> parse(std::vector<const char*> args) {
  args.insert(args.begin(), "load");
  return load::parse_options(static_cast<int>(args.size()), args.data());
}

options parsed(std::vector<const char*> args) {
  auto result = parse(std::move(args));
  if (const auto* said = std::get_if<load::exit_message>(&result)) FAIL(said->text);
  return std::get<options>(std::move(result));
}

/// The error message for a wrong command line.
std::string refused(std::vector<const char*> args) {
  const auto result = parse(std::move(args));
  const auto* const said = std::get_if<load::exit_message>(&result);
  REQUIRE(said != nullptr);
  CHECK(said->exit_code == 2);
  return said->text;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("a scenario and a URL are enough") {
  const auto o = parsed({"echo", "ws://localhost:4000/socket"});
  CHECK(o.scenario == load::scenario_kind::echo);
  CHECK(o.clients == 100);
  CHECK_FALSE(o.rate);
  CHECK(o.target.host == "localhost");
  CHECK(o.target.port == 4000);
  CHECK(o.target.request == "/socket/websocket?vsn=2.0.0");
}

TEST_CASE("options are read") {
  const auto o = parsed({"fanout", "wss://example.test/live/", "-n", "1000", "--topics", "10", "--rate", "12.5",
                         "--param", "token=abc", "--from", "127.0.0.2", "--from", "127.0.0.3", "--pid", "7", "-q"});
  CHECK(o.scenario == load::scenario_kind::fanout);
  CHECK(o.target.tls);
  CHECK(o.target.port == 443);
  CHECK(o.target.request == "/live/websocket?token=abc&vsn=2.0.0");
  CHECK(o.clients == 1000);
  CHECK(o.topic_of(23) == "room:load3");
  CHECK(o.rate == 12.5);
  CHECK(o.from.size() == 2);
  CHECK(o.server_pid == 7);
  CHECK(o.quiet);
}

TEST_CASE("help that is asked for is no error") {
  for (const auto& args : {std::vector{"--help"}, std::vector{"echo", "--help"}}) {
    const auto result = parse(args);
    const auto* const said = std::get_if<load::exit_message>(&result);
    REQUIRE(said != nullptr);
    CHECK(said->exit_code == 0);
    CHECK(has(said->text, "--help"));
  }
}

TEST_CASE("a mistake in the command line is reported in one line") {
  const char* const url = "ws://localhost/socket";
  CHECK(has(refused({}), "expected one of the scenarios"));
  CHECK(has(refused({"dance", url}), "expected one of the scenarios"));
  CHECK(has(refused({"echo"}), "url"));
  CHECK(has(refused({"echo", "http://localhost/socket"}), "ws:// or wss://"));
  CHECK(has(refused({"echo", url, "-n", "0"}), "--clients"));
  CHECK(has(refused({"echo", url, "--rate", "5", "--in-flight", "2"}), "excludes"));
  CHECK(has(refused({"echo", url, "--body", "{"}), "JSON"));
  CHECK(has(refused({"echo", url, "--body", "[]"}), "object"));
  CHECK(has(refused({"echo", url, "--topics", "101"}), "at least as many --clients"));
  CHECK(has(refused({"echo", url, "--threads", "101"}), "at least as many --clients"));
  CHECK(has(refused({"echo", url, "--from", "nowhere"}), "no numeric address"));
  CHECK(has(refused({"echo", url, "--param", "a b"}), "percent-encoded"));
  CHECK(has(refused({"script", "/no/such/file", url}), "/no/such/file"));
  const auto text = refused({"echo", url, "--frobnicate"});
  CHECK(has(text, "--frobnicate"));
  CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("a number out of range is refused, with the expected range") {
  const char* const url = "ws://localhost/socket";
  for (const char* const text :
       {"0", "-5", "abc", "1.5", "", "nan", "1000001", "18446744073709551615", "99999999999999999999"}) {
    const auto said = refused({"echo", url, "--clients", text});
    CHECK(has(said, std::string{"expected a whole number from 1 to 1,000,000, got \""} + text + '"'));
  }
  for (const char* const option : {"--rate", "--connect-rate", "--duration", "--heartbeat"}) {
    for (const char* const text : {"0", "-1", "abc", "nan", "inf", "-inf", "1e10", "1e-300", "1e400", "5 "}) {
      const auto said = refused({"echo", url, option, text});
      CHECK(has(said, std::string{option} + ": expected a number from 0.001 to 1,000,000,000, got \"" + text + '"'));
    }
  }
  CHECK(has(refused({"echo", url, "--warm-up", "-1"}), "expected a number from 0 to 1,000,000,000, got \"-1\""));
  CHECK(has(refused({"echo", url, "--warm-up", "nan"}), "expected a number from 0"));
  CHECK(parsed({"echo", url, "--warm-up", "0"}).warm_up_s == 0);
  CHECK(parsed({"echo", url, "-n", "1000000"}).clients == 1'000'000);
  CHECK(parsed({"echo", url, "--rate", "0.001"}).rate == 0.001);
  CHECK(parsed({"echo", url, "--rate", "1e9"}).rate == 1e9);
}

TEST_CASE("a body is padded to its size, unless it is larger") {
  options o;
  o.payload_bytes = 40;
  CHECK((o.padded_body() + '}').size() == 40);
  o.body = R"({"n": 1})";
  CHECK((o.padded_body() + '}').size() == 40);
  CHECK(o.padded_body().starts_with(R"({"n":1,"pad":"x)"));
  o.payload_bytes = 3;
  CHECK(o.padded_body() + '}' == R"({"n":1})");
}

}  // namespace
