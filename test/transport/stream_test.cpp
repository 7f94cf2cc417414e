#include <bennu/transport/internal/stream.hpp>

#include <chrono>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

unsigned unacknowledged_limit_of(int fd) {
  unsigned ms = 0;
  socklen_t size = sizeof ms;
  REQUIRE(getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &size) == 0);
  return ms;
}

}  // namespace

TEST_CASE("the kernel ends a connection whose other side confirms nothing for a time") {
  stream tcp{unique_fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}};
  tcp.limit_unacknowledged(30'000ms);
  CHECK(unacknowledged_limit_of(tcp.fd()) == 30'000);
  tcp.limit_unacknowledged(std::chrono::hours{24 * 365});
  CHECK(unacknowledged_limit_of(tcp.fd()) == INT32_MAX);
}

TEST_CASE("a Unix socket has no such time, because its other side cannot vanish without a word") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  stream local{unique_fd{fds[0]}};
  const unique_fd other{fds[1]};
  local.limit_unacknowledged(1ms);
  CHECK(local.write("a") == 1);
}
