#include <bennu/runtime/log.hpp>

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using bennu::log_level;
using bennu::logger;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

/// A logger with a clock that moves when told to.
struct recorder {
  lines written;
  logger::clock::time_point time{};
  logger log{log_level::info, [this](log_level, std::string_view line) { written.emplace_back(line); },
             [this] { return time; }};

  lines take() { return std::exchange(written, {}); }
};

constexpr auto most = logger::lines_a_window;

}  // namespace

TEST_CASE("lines below the least level are not written") {
  recorder r;
  r.log.debug("no");
  r.log.info("yes");
  CHECK(r.take() == lines{"yes"});
  CHECK_FALSE(r.log.enabled(log_level::debug));
}

TEST_CASE("a flood of equal errors is summed up with the first line after the window") {
  recorder r;
  for (int i = 0; i < 1000; ++i) r.log.error("boom");
  CHECK(r.take().size() == most);
  r.time += logger::window;
  r.log.error("boom");
  CHECK(r.take() == lines{std::to_string(1000 - most) + " more lines like this were left out: boom", "boom"});
}

TEST_CASE("lines of one kind are alike, for any text") {
  recorder r;
  for (std::size_t i = 0; i < 100; ++i) r.log.warning("channel room:" + std::to_string(i) + " crashed", "room crashed");
  CHECK(r.take().size() == most);
  r.log.warning("something else");
  CHECK(r.take() == lines{"something else"});
  r.time += logger::window;
  r.log.info("later");
  CHECK(r.take() == lines{"later"});
  r.log.error("an error");
  CHECK(r.take() ==
        lines{std::to_string(100 - most) + " more lines like this were left out: channel room:99 crashed", "an error"});
}

TEST_CASE("few lines are never held back, and information is not counted") {
  recorder r;
  for (int i = 0; i < 5; ++i) {
    for (std::size_t n = 0; n < most; ++n) r.log.error("boom");
    CHECK(r.take().size() == most);
    r.time += logger::window;
  }
  for (int i = 0; i < 100; ++i) r.log.info("hello");
  CHECK(r.take().size() == 100);
}

TEST_CASE("the number of suppressed lines is written at the end") {
  lines written;
  {
    const logger log{log_level::info, [&](log_level, std::string_view line) { written.emplace_back(line); }};
    for (std::size_t i = 0; i < most + 3; ++i) log.error("boom");
    CHECK(written.size() == most);
  }
  CHECK(written.back() == "3 more lines like this were left out: boom");
}

TEST_CASE("lines that one place logs are alike, for any text: texts of clients make no kinds") {
  recorder r;
  for (std::size_t i = 0; i < 10'000; ++i) r.log.error("a client says " + std::to_string(i));
  CHECK(r.take().size() == most);
  r.log.error("another place");
  CHECK(r.take() == lines{"another place"});
}

TEST_CASE("a flood of kinds does not fill the memory: further kinds count as one") {
  recorder r;
  for (std::size_t i = 0; i < 10'000; ++i) r.log.error("error", "kind number " + std::to_string(i));
  CHECK(r.take().size() == logger::max_kinds + most);
}

TEST_CASE("the least level can be changed, for all copies") {
  recorder r;
  const logger copy = r.log;
  copy.set_level(log_level::debug);
  r.log.debug("now it is written");
  CHECK(r.take() == lines{"now it is written"});
}

TEST_CASE("any text in a line stays in this line, and moves no cursor") {
  recorder r;
  r.log.info("channel room:a\n2026-01-01T00:00:00.000Z info: all is well\r\x1b[2J\x7f");
  CHECK(r.take() == lines{"channel room:a\\x0a2026-01-01T00:00:00.000Z info: all is well\\x0d\\x1b[2J\\x7f"});
  r.log.info(
      std::string_view{"a\0b\xC2\x9B"
                       "31m",
                       8});
  CHECK(r.take() == lines{"a\\x00b\\x9b31m"});
  r.log.info("Ána says “hi”\xC2\xA0 🚀");
  CHECK(r.take() == lines{"Ána says “hi”\xC2\xA0 🚀"});
}

TEST_CASE("a line that is too long is cut") {
  recorder r;
  r.log.info(std::string(logger::max_line_bytes, 'x'));
  CHECK(r.take() == lines{std::string(logger::max_line_bytes, 'x')});
  r.log.info(std::string(1'000'000, 'x'));
  CHECK(r.take() == lines{std::string(logger::max_line_bytes, 'x') + "..."});
}
