#include <bennu/pubsub/direct_adapter/internal/tunnel.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <bennu/runtime/loop_thread.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds patience{60};

struct ends {
  ends() {
    std::array<int, 2> fds{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    for (std::size_t i = 0; i < 2; ++i) of[i] = unique_fd{fds[i]};
  }
  /// Takes one end, which then never waits.
  unique_fd take(std::size_t which) {
    fcntl(of[which].get(), F_SETFL, O_NONBLOCK);
    return std::move(of[which]);
  }
  std::array<unique_fd, 2> of;
};

/// The user of a connection until a tunnel takes it.
struct first_user final : node_connection::user {
  void on_open(node_connection&) override {}
  void on_frame(node_connection&, std::string_view) override {}
  void on_closed(node_connection&, const join_failure&) override {}
};

/// Two tunnels that are joined by a connection. The test has the other ends of their local sockets.
struct two_tunnels {
  two_tunnels() {
    thread.start([](const std::exception_ptr&) {});
    run([this] {
      const auto proof = node_credentials::from_cookies({"the secret of these tests"});
      ends link;
      for (std::size_t i = 0; i < 2; ++i) {
        const auto side = i == 0 ? node_credentials::side::dialed : node_credentials::side::accepted;
        connections[i] =
            std::make_unique<node_connection>(thread.loop(), link.take(i), side, proof, node_address{"peer", 1}, first);
      }
    });
    REQUIRE(thread.wait_until([this] { return connections[0]->is_open() && connections[1]->is_open(); }, patience));
    run([this] {
      for (std::size_t i = 0; i < 2; ++i) {
        ends local;
        outside[i] = std::move(local.of[0]);
        const auto take = [&](node_connection::user& by) {
          connections[i]->set_user(by);
          return std::move(connections[i]);
        };
        tunnels[i] = std::make_unique<tunnel>(thread.loop(), local.take(1), take, [this](tunnel&) { ++ended; });
      }
    });
  }
  ~two_tunnels() {
    thread.stop([this] {
      for (auto& each : tunnels) each.reset();
    });
  }

  /// Runs a task on the loop's thread, and returns when it has run.
  template <class Task>
  void run(Task task) {
    bool has_run = false;
    REQUIRE(thread.wait_until(
        [&] {
          if (!std::exchange(has_run, true)) task();
          return true;
        },
        patience));
  }
  void write(std::size_t end, std::string_view bytes) const {
    REQUIRE(send(outside[end].get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  std::string read(std::size_t end, std::size_t size) const {
    std::string all;
    std::array<char, 65'536> chunk{};
    while (all.size() < size) {
      const auto n = recv(outside[end].get(), chunk.data(), std::min(chunk.size(), size - all.size()), 0);
      if (n <= 0) break;
      all.append(chunk.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
  bool is_at_end(std::size_t end) const {
    char byte = 0;
    return recv(outside[end].get(), &byte, 1, 0) == 0;
  }

  loop_thread thread{"bennu.test"};
  first_user first;
  std::array<std::unique_ptr<node_connection>, 2> connections;
  std::array<unique_fd, 2> outside;
  std::array<std::unique_ptr<tunnel>, 2> tunnels;
  std::atomic<int> ended = 0;
};

}  // namespace

TEST_CASE_FIXTURE(two_tunnels, "bytes go through a tunnel in both directions") {
  write(0, "there");
  CHECK(read(1, 5) == "there");
  write(1, "and back");
  CHECK(read(0, 8) == "and back");
}

TEST_CASE_FIXTURE(two_tunnels, "a tunnel ends at both sides when one local socket is closed") {
  write(0, "last");
  CHECK(read(1, 4) == "last");
  SUBCASE("at one end") { outside[0].reset(); }
  SUBCASE("at the other end") { outside[1].reset(); }
  CHECK(is_at_end(outside[0] ? 0 : 1));
  CHECK(thread.wait_until([this] { return ended == 2; }, patience));
}

TEST_CASE_FIXTURE(two_tunnels, "a tunnel that its owner closes ends the other side, and does not call its owner") {
  run([this] { tunnels[0]->close(); });
  CHECK(is_at_end(0));
  CHECK(is_at_end(1));
  CHECK(thread.wait_until([this] { return ended == 1; }, patience));
}

TEST_CASE_FIXTURE(two_tunnels, "a side that does not read holds up the sender, and loses nothing") {
  constexpr std::size_t much = std::size_t{64} * 1024 * 1024;
  constexpr int refusals_in_a_row = 20;
  const std::string chunk(65'536, 'x');
  std::size_t sent = 0;
  for (int refusals = 0; refusals < refusals_in_a_row && sent < much;) {
    const auto n = send(outside[0].get(), chunk.data(), chunk.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
      refusals = 0;
    } else {
      ++refusals;
      run([] {});
    }
  }
  REQUIRE(sent < much / 2);
  CHECK(read(1, sent) == std::string(sent, 'x'));
}
