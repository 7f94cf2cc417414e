#include <bennu/runtime/internal/log_writer.hpp>

#include <array>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <bennu/runtime/unique_fd.hpp>

#include <doctest/doctest.h>

using bennu::log_writer;
using bennu::unique_fd;
using namespace std::chrono_literals;

namespace {

struct pipe_ends {
  unique_fd read;
  unique_fd write;
};

pipe_ends make_pipe() {
  std::array<int, 2> fds{};
  REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
  return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

/// All that comes until the other end is closed.
std::string read_all(int fd) {
  std::string all;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::read(fd, part.data(), part.size())) > 0;) {
    all.append(part.data(), static_cast<std::size_t>(size));
  }
  return all;
}

std::string lost(std::size_t lines) { return std::to_string(lines) + " lost\n"; }

constexpr log_writer::bounds wide{1 << 20, 0};

}  // namespace

TEST_CASE("lines are written in order, all of them before the writer is gone") {
  auto [read, write] = make_pipe();
  auto all = std::async(std::launch::async, [fd = read.get()] { return read_all(fd); });
  std::string expected;
  {
    log_writer log{write.get(), wide, lost};
    for (int i = 0; i < 5'000; ++i) {
      const auto line = "line " + std::to_string(i) + std::string(20, '.') + '\n';
      expected += line;
      CHECK(log.add(line));
    }
  }
  write.reset();
  CHECK(all.get() == expected);
}

TEST_CASE("a line longer than a pipe takes at once is written whole") {
  auto [read, write] = make_pipe();
  auto all = std::async(std::launch::async, [fd = read.get()] { return read_all(fd); });
  const auto line = std::string(300'000, 'x') + '\n';
  {
    log_writer{write.get(), wide, lost}.add(line);
  }
  write.reset();
  CHECK(all.get() == line);
}

TEST_CASE(
    "a pipe that is not read blocks no thread, the waiting lines are bounded, and lost lines are reported later") {
  auto [read, write] = make_pipe();
  const int pipe_bytes = ::fcntl(write.get(), F_SETPIPE_SZ, 4096);
  const auto line = std::string(999, 'x') + '\n';
  constexpr std::size_t waiting = 100'000;
  constexpr std::size_t lines = 1'000;
  std::size_t kept = 0;
  std::future<std::string> all;
  {
    log_writer log{write.get(), {waiting, 0}, lost};
    for (std::size_t i = 0; i < lines; ++i) kept += log.add(line) ? 1 : 0;
    CHECK(kept * line.size() <= waiting + static_cast<std::size_t>(pipe_bytes) + line.size());
    CHECK(kept >= waiting / line.size());
    all = std::async(std::launch::async, [fd = read.get()] { return read_all(fd); });
    log.flush(60s);
    CHECK(log.add("after\n"));
  }
  write.reset();
  const auto text = all.get();
  CHECK(text.size() > kept * line.size());
  CHECK(text.substr(kept * line.size()) == lost(lines - kept) + "after\n");
}

TEST_CASE("lines beyond the rate are lost, and the next line has their number") {
  auto [read, write] = make_pipe();
  auto all = std::async(std::launch::async, [fd = read.get()] { return read_all(fd); });
  const log_writer::clock::time_point start{1h};
  {
    log_writer log{write.get(), {1 << 20, 10}, lost};
    CHECK(log.add("12345\n", start));
    CHECK_FALSE(log.add("too much\n", start));
    CHECK_FALSE(log.add("12345\n", start));
    CHECK(log.add("later\n", start + 1s));
    CHECK_FALSE(log.add("more\n", start + 1s));
  }
  write.reset();
  CHECK(all.get() == "12345\n2 lost\nlater\n1 lost\n");
}

TEST_CASE("a descriptor that cannot be written to does not stop the program") {
  auto [read, write] = make_pipe();
  read.reset();
  log_writer log{write.get(), wide, lost};
  CHECK(log.add("nobody reads this\n"));
  log.flush(60s);
}
