// The cost of a broadcast while clients do not read: a real server and real sockets, for each policy of a class.
//   slow_clients [clients] [broadcasts]: 30 and 20000 by default
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

#include <bennu/channels/endpoint.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace {

struct drops_oldest {
  static bennu::slow_client make() { return bennu::drop_oldest(); }
};
struct keeps_latest {
  static bennu::slow_client make() { return bennu::keep_latest("key"); }
};

template <class Policy>
class feed final : public bennu::channel {
public:
  static void handlers(bennu::handlers<feed>& on) { on.slow_client(Policy::make()); }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

class feeds final : public bennu::user_socket {
public:
  feeds() {
    channel<feed<drops_oldest>>("drop_oldest");
    channel<feed<keeps_latest>>("keep_latest");
  }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

/// A WebSocket with blocking calls.
class client {
public:
  /// @param receive_buffer bytes that the kernel keeps for it; 0 for the default
  client(std::uint16_t port, const std::string& topic, int receive_buffer)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect");
    send(
        "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    until("\r\n\r\n");
    const auto join = R"(["1","1",")" + topic + R"(","phx_join",{}])";
    send(std::string{'\x81', static_cast<char>(0x80 | join.size()), 0, 0, 0, 0} + join);
    until(R"("status":"ok")");
  }
  /// Reads up to a text, and drops what it has read.
  void until(const std::string& text) {
    while (got_.find(text) == std::string::npos) {
      char part[65'536];
      const auto n = recv(fd_.get(), part, sizeof part, 0);
      if (n <= 0) throw std::runtime_error("the server has closed the connection");
      if (got_.size() > text.size()) got_.erase(0, got_.size() - text.size());
      got_.append(part, static_cast<std::size_t>(n));
    }
    got_.erase(0, got_.find(text) + text.size());
  }

private:
  void send(const std::string& bytes) {
    if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("send");
  }

  bennu::unique_fd fd_;
  std::string got_;
};

/// Processor time of this process.
double used_microseconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

class measurement {
public:
  measurement(const std::string& topic, std::size_t slow) : topic_(topic) {
    server_.socket<feeds>("/socket");
    const auto port = server_.start();
    for (std::size_t i = 0; i < slow; ++i) slow_.emplace_back(port, topic, 4'096);
    reader_.emplace_back(port, topic, 0);
  }

  /// Broadcasts of 1 KB, in groups: each group has reached the client that reads before the next one begins.
  /// @returns microseconds of processor time for one
  double broadcast(std::size_t count) {
    constexpr std::size_t group = 50;
    const auto before = used_microseconds();
    for (std::size_t n = 1; n <= count; ++n) {
      ++number_;
      server_.broadcast(topic_, "news", {{"key", number_ % 10}, {"text", text_}, {"number", number_}});
      if (n % group == 0 || n == count) reader_.front().until("\"number\":" + std::to_string(number_) + "}");
    }
    return (used_microseconds() - before) / static_cast<double>(count);
  }

private:
  static bennu::config options() {
    bennu::config all;
    all.port = 0;
    all.threads = 1;
    all.limits.idle_timeout = std::chrono::minutes{10};
    return all;
  }

  std::string topic_;
  bennu::endpoint server_{options()};
  std::vector<client> slow_;
  std::vector<client> reader_;
  std::size_t number_ = 0;
  std::string text_ = std::string(1'000, 'x');
};

std::size_t number(int argc, char** argv, int place, std::size_t otherwise) {
  return argc > place ? std::strtoull(argv[place], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const auto clients = number(argc, argv, 1, 30);
  const auto broadcasts = number(argc, argv, 2, 20'000);
  for (const auto* topic : {"drop_oldest", "keep_latest"}) {
    for (const auto slow : {std::size_t{0}, clients}) {
      measurement run{topic, slow};
      run.broadcast(broadcasts);  // fills the sockets' buffers and the outboxes
      std::printf("%s, %zu clients do not read: %.1f us of processor time a broadcast\n", topic, slow,
                  run.broadcast(broadcasts));
    }
  }
  return 0;
}
