#include <bennu/transport/internal/listener.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <bennu/transport/internal/listening_sockets.hpp>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

using namespace bennu;
namespace fs = std::filesystem;

namespace {

/// A path for a socket, in a folder that vanishes in the end.
class socket_path {
public:
  socket_path() {
    auto pattern = (fs::temp_directory_path() / "bennu-listener-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~socket_path() { fs::remove_all(folder_); }
  fs::path path() const { return folder_ / "socket"; }

private:
  fs::path folder_;
};

unique_fd connect_to(const sockaddr* to, socklen_t size) {
  unique_fd fd{socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (connect(fd.get(), to, size) != 0) return {};
  return fd;
}

unique_fd connect_to(const fs::path& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.string().copy(to.sun_path, sizeof to.sun_path - 1);
  return connect_to(reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

unique_fd connect_to_ipv4(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect_to(reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

unique_fd connect_to_ipv6(std::uint16_t port) {
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  to.sin6_addr = in6addr_loopback;
  return connect_to(reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

bool has_ipv6() {
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_addr = in6addr_loopback;
  const unique_fd fd{socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return fd && bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
    return "";
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("a name is listened on at all its addresses, at one port") {
  const auto bound = listen_on("localhost", 0);
  CHECK(bound.port != 0);
  CHECK(connect_to_ipv4(bound.port));
  // The name has an address of IPv6 only if /etc/hosts has one.
  if (bound.sockets.size() == 2) CHECK(connect_to_ipv6(bound.port));
  if (has_ipv6()) {
    const auto six = listen_on("::1", 0);
    CHECK(connect_to_ipv6(six.port));
    CHECK_FALSE(connect_to_ipv4(six.port));
  }
}

TEST_CASE("an address that cannot be listened on is reported in one line") {
  const auto bound = listen_on("127.0.0.1", 0);
  const auto port = std::to_string(bound.port);
  CHECK(error_of([&] { listen_on("127.0.0.1", bound.port); }) ==
        "cannot listen on 127.0.0.1:" + port + ": Address already in use");
  CHECK(error_of([] { listen_on("192.0.2.1", 0); }) == "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  CHECK(error_of([] { listen_on("no.such.name.invalid", 0); }).starts_with("cannot listen on no.such.name.invalid: "));
  const std::string long_path(200, 'x');
  CHECK(error_of([&] { listen_at(long_path); }) == "cannot listen on " + long_path + ": File name too long");
  CHECK(error_of([] { listen_at("/nowhere/socket"); }) ==
        "cannot listen on /nowhere/socket: No such file or directory");
}

TEST_CASE("a Unix socket is for its owner and group, and is replaced only if it has no listener") {
  const socket_path at;
  {
    const auto fd = listen_at(at.path());
    CHECK(fs::status(at.path()).permissions() == fs::perms{0660});
    CHECK(connect_to(at.path()));
    CHECK(error_of([&] { listen_at(at.path()); }) ==
          "cannot listen on " + at.path().string() + ": Address already in use");
  }
  CHECK_FALSE(connect_to(at.path()));
  const auto again = listen_at(at.path());
  CHECK(connect_to(at.path()));
}

TEST_CASE("a file that is no socket is not replaced by one") {
  const socket_path at;
  fs::create_directory(at.path());
  CHECK(error_of([&] { listen_at(at.path()); }) ==
        "cannot listen on " + at.path().string() + ": Address already in use");
  CHECK(fs::is_directory(at.path()));
}

TEST_CASE("a listener accepts until it stops, and removes its Unix socket") {
  const socket_path at;
  event_loop loop{0};
  const logger log{log_level::error, [](auto, auto) {}};
  std::promise<std::string> accepted;
  const auto listening = std::make_unique<listener>(
      loop, log, listener_options{.unix_socket = at.path()},
      [&](unique_fd, std::string address, std::uint16_t) { accepted.set_value(std::move(address)); });
  std::thread thread{[&] { loop.run(nullptr); }};
  loop.post([&] { listening->start(); });
  CHECK(connect_to(at.path()));
  CHECK(accepted.get_future().get() == "unix");
  std::promise<void> stopped;
  loop.post([&] {
    listening->stop();
    stopped.set_value();
  });
  stopped.get_future().wait();
  CHECK_FALSE(connect_to(at.path()));
  loop.stop();
  thread.join();
}
