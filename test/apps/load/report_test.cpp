#include <load/result.hpp>

#include <bennu/runtime/json_parse.hpp>
#include <load/number_text.hpp>

#include <doctest/doctest.h>

namespace {

using bennu::json;
using namespace std::chrono_literals;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A possible result of a run of ten seconds at a given rate.
load::result example() {
  load::result r;
  r.wanted.scenario = load::scenario_kind::echo;
  r.wanted.scenario_name = "echo";
  r.wanted.target.url = "ws://localhost:4000/socket";
  r.wanted.rate = 100;
  r.ramp.ready = 10;
  r.ramp.failed = 1;
  r.ramp.record("join", 2ms, 2ms);
  r.ramp.error("cannot connect: Connection refused");
  for (int i = 1; i <= 1000; ++i) r.load.record("echo", i * 10us, i * 1us);
  r.load.operations = 1000;
  r.load.bytes_in = 1'000'000;
  r.load_s = 10;
  r.rate = 100;
  r.samples.push_back({.at_s = 10, .length_s = 10, .seen = r.load, .server_cpu = 0.5, .server_memory_mb = 20});
  r.server = load::server_use{.pid = 42,
                              .name = "<server>",
                              .cpu = 0.5,
                              .cpu_us_operation = 5'000,
                              .cpu_us_join = 50,
                              .memory_mb = 20,
                              .memory_kb_client = 4};
  r.own_cpu = 0.25;
  return r;
}

TEST_CASE("measurements that are merged add up, and keep the worst") {
  load::measurements a;
  load::measurements b;
  a.record("echo", 1ms, 1us);
  b.record("echo", 3ms, 3us);
  b.record("join", 1s, 1s);
  b.error("lost");
  b.operations = 2;
  b.unanswered = 3;
  b.duplicates = 2;
  b.error("late");
  a.worst_lag = 1ms;
  b.worst_lag = 2ms;
  a.merge(b);
  CHECK(a.timings["echo"].response.count() == 2);
  CHECK(a.timings["echo"].service.max() == 3us);
  CHECK(a.timings["join"].response.count() == 1);
  CHECK(a.errors["lost"] == 1);
  CHECK(a.operations == 2);
  CHECK(a.unanswered == 3);
  CHECK(a.duplicates == 2);
  CHECK(a.all_errors() == 2);
  CHECK(a.worst_lag == 2ms);
}

TEST_CASE("the text has the figures, since they were due and since they were sent") {
  const auto text = to_text(example());
  CHECK(has(text, "10 joined"));
  CHECK(has(text, "1 failed"));
  CHECK(has(text, "100 a second, 1,000 in 10.0 s"));
  CHECK(has(text, "p50 5.0"));
  CHECK(has(text, "p50 50"));
  CHECK(has(text, "<server> (42): 50 % of a core, 5000.00 us an operation"));
  CHECK(has(text, "1 times: cannot connect: Connection refused"));
}

TEST_CASE("operations that failed are reported beside those that did not") {
  auto r = example();
  CHECK(has(to_text(r), "1,000 in 10.0 s\n"));
  r.load.unanswered = 30;
  r.load.duplicates = 4;
  r.load.error("reset");
  r.load.error("reset");
  CHECK(has(to_text(r), "1,000 in 10.0 s, 30 not answered, 4 received twice, 2 errors\n"));
  const auto read = bennu::parse_json(to_json(r), 64);
  CHECK(std::get<json>(read)["unanswered"] == json{30});
  CHECK(std::get<json>(read)["duplicates"] == json{4});
}

TEST_CASE("there is no result if nothing was answered, or if no client is left") {
  auto r = example();
  r.load.unanswered = 1;
  r.load.lost = r.ramp.ready - 1;
  CHECK(failure(r) == "");
  r.ramp.lost = 1;
  CHECK(failure(r) == "all clients were lost: cannot connect: Connection refused (1 times)");
  r = example();
  r.load.operations = 0;
  CHECK(failure(r) == "");  // nothing was due
  r.load.unanswered = 1;
  CHECK(failure(r) == "nothing was answered: cannot connect: Connection refused (1 times)");
}

TEST_CASE("the text warns if this program itself was too slow") {
  auto r = example();
  CHECK_FALSE(has(to_text(r), "too busy"));
  r.own_cpu = 0.95;
  CHECK(has(to_text(r), "too busy"));
  r.wanted.threads = 2;
  CHECK_FALSE(has(to_text(r), "too busy"));
}

TEST_CASE("the JSON can be read, and has the same figures") {
  const auto read = bennu::parse_json(to_json(example()), 64);
  REQUIRE(std::holds_alternative<json>(read));
  const auto& all = std::get<json>(read);
  CHECK(all["wanted"]["scenario"] == json{"echo"});
  CHECK(all["operations_s"] == json{100});
  CHECK(all["load"]["response_us"]["echo"]["count"] == json{1000});
  CHECK(all["load"]["response_us"]["echo"]["max"] == json{10'000});
  CHECK(all["load"]["service_us"]["echo"]["max"] == json{1'000});
  CHECK(all["server"]["cpu_us_operation"] == json{5'000});
  CHECK(all["ramp"]["errors"]["cannot connect: Connection refused"] == json{1});
  CHECK(all["samples"].size() == 1);
}

TEST_CASE("the plot is a picture whose texts are escaped") {
  const auto svg = to_svg(example());
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(has(svg, "&lt;server&gt;"));
  CHECK_FALSE(has(svg, "<server>"));
  CHECK_FALSE(has(svg, "nan"));
  CHECK_FALSE(has(svg, "inf"));
}

TEST_CASE("a run that was ended before it measured anything is reported too") {
  auto r = example();
  r.load = {};
  r.load_s = 0;
  r.samples.clear();
  r.server.reset();
  r.interrupted = true;
  CHECK(has(to_text(r), "interrupted"));
  CHECK(std::holds_alternative<json>(bennu::parse_json(to_json(r), 64)));
  CHECK(to_svg(r).ends_with("</svg>\n"));
}

TEST_CASE("numbers and durations are written for people") {
  CHECK(load::grouped(0) == "0");
  CHECK(load::grouped(999) == "999");
  CHECK(load::grouped(1'234'567) == "1,234,567");
  CHECK(load::fixed(1.25, 1) == "1.2");
  CHECK(load::time_text(7ns) == "7.00 ns");
  CHECK(load::time_text(12'300ns) == "12.3 us");
  CHECK(load::time_text(456ms) == "456 ms");
  CHECK(load::time_text(2s) == "2.00 s");
}

}  // namespace
