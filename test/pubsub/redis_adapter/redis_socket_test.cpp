#include <bennu/pubsub/redis_adapter/internal/redis_socket.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_redis.hpp"

using bennu::parse_redis_url;
using bennu::redis_socket;
using outcome = redis_socket::outcome;

namespace {

constexpr std::chrono::seconds silence{10};

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

void wait_for(const redis_socket& which, short events) {
  pollfd one{which.fd(), events, 0};
  REQUIRE(poll(&one, 1, 10'000) == 1);
}

outcome connected(redis_socket& which) {
  auto result = outcome::not_yet;
  while (result == outcome::not_yet) {
    wait_for(which, POLLOUT);
    result = which.connect();
  }
  return result;
}

}  // namespace

TEST_CASE("bytes go both ways over a connection to a Redis server") {
  fake_redis server;
  const auto url = parse_redis_url("redis://" + server.host());
  redis_socket socket{url, url.addresses.front(), silence};
  REQUIRE(connected(socket) == outcome::done);
  auto other_end = server.accept();
  std::size_t written = 0;
  REQUIRE(socket.write("*1\r\n$4\r\nPING\r\n", written) == outcome::done);
  CHECK(other_end.next() == fake_redis::command{"PING"});
  char bytes[16];
  std::size_t got = 0;
  CHECK(socket.read(bytes, sizeof bytes, got) == outcome::not_yet);
  other_end.reply("+PONG\r\n");
  wait_for(socket, POLLIN);
  REQUIRE(socket.read(bytes, sizeof bytes, got) == outcome::done);
  CHECK(std::string(bytes, got) == "+PONG\r\n");
}

TEST_CASE("an attempt to connect where the network is unreachable leaves no descriptor behind") {
  // The kernel refuses TCP to this address at once.
  const auto url = parse_redis_url("redis://255.255.255.255");
  const auto before = open_descriptors();
  for (int i = 0; i < 10; ++i) {
    CHECK_THROWS_AS((redis_socket{url, url.addresses.front(), silence}), std::runtime_error);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a server that refuses connections is a failure with a reason") {
  std::string host;
  {
    const fake_redis gone;
    host = gone.host();
  }
  const auto url = parse_redis_url("redis://" + host);
  redis_socket socket{url, url.addresses.front(), silence};
  CHECK(connected(socket) == outcome::failed);
  CHECK(socket.error() == "Connection refused");
}

TEST_CASE("a host that no resolver knows is named in the error") {
  const auto url = parse_redis_url("redis://no-such-host.invalid");
  try {
    const redis_socket socket{url, url.addresses.front(), silence};
    FAIL("it connects");
  } catch (const std::runtime_error& e) {
    CHECK(std::string{e.what()}.starts_with("no-such-host.invalid is not known: "));
  }
}

TEST_CASE("a Unix socket connects by its path, and a path that is too long is refused") {
  std::string folder = std::filesystem::temp_directory_path() / "bennu-redis-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const auto path = folder + "/redis.sock";
  const bennu::unique_fd listener{socket(AF_UNIX, SOCK_STREAM, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener.get(), 1) == 0);

  const auto url = parse_redis_url("unix://" + path);
  redis_socket socket{url, url.addresses.front(), silence};
  CHECK(connected(socket) == outcome::done);
  std::filesystem::remove_all(folder);

  const auto long_one = parse_redis_url("unix:///" + std::string(200, 'x'));
  CHECK_THROWS_AS((redis_socket{long_one, long_one.addresses.front(), silence}), std::runtime_error);
}
