#include <load/process.hpp>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

TEST_CASE("this process uses memory, and time that grows") {
  const auto before = load::usage_of(getpid());
  REQUIRE(before);
  CHECK(before->memory_bytes > 100'000);
  CHECK_FALSE(load::name_of(getpid()).empty());
  for (auto now = *before; now.cpu_s <= before->cpu_s;) now = load::usage_of(getpid()).value();
}

TEST_CASE("of a process that is not there nothing is known") { CHECK_FALSE(load::usage_of(-1)); }

TEST_CASE("the socket that listens on a port is found in the kernel's table, others are not") {
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:0FA0 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 111 1\n"
      "   1: 00000000:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1\n";
  CHECK(load::listening_inode(table, 4000) == "222");
  CHECK_FALSE(load::listening_inode(table, 4001));
  CHECK_FALSE(load::listening_inode("", 4000));
}

TEST_CASE("the process that listens on a port is found") {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  socklen_t size = sizeof where;
  REQUIRE(bind(fd, address, size) == 0);
  REQUIRE(listen(fd, 1) == 0);
  REQUIRE(getsockname(fd, address, &size) == 0);
  CHECK(load::listener_of(ntohs(where.sin_port)) == getpid());
  close(fd);
}

}  // namespace
