// Publishes over the HTTP API as fast as it answers, and shows the throughput, the times to the answers, and the
// server's CPU time a message. Usage: publish <admin port> <secret> <pid of the server> <connections> <in flight>
// <seconds>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/unique_fd.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::string_view topic = "room%3Alobby";

struct connection {
  bennu::unique_fd fd;
  std::string waiting = {};
  std::deque<clock_type::time_point> sent = {};
};

bennu::unique_fd connect_to(std::uint16_t port) {
  bennu::unique_fd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::string request_of(const std::string& secret) {
  const std::string payload = "{\"body\":\"" + std::string(110, 'x') + "\"}";
  return "POST /v1/topics/" + std::string{topic} + "/events/news HTTP/1.1\r\nhost: a\r\nauthorization: Bearer " +
         secret + "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(payload.size()) +
         "\r\n\r\n" + payload;
}

/// The CPU time that a process has used.
double cpu_seconds(const std::string& pid) {
  std::ifstream file{"/proc/" + pid + "/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string field;
  double ticks = 0;
  for (int i = 3; i <= 15 && fields >> field; ++i) {
    if (i >= 14) ticks += std::strtod(field.c_str(), nullptr);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Removes the complete answers. @returns their number
std::size_t take_answers(std::string& bytes) {
  std::size_t count = 0;
  std::size_t begin = 0;
  for (;;) {
    const auto end = bytes.find("\r\n\r\n", begin);
    if (end == std::string::npos) break;
    const auto length = bytes.find("content-length: ", begin);
    if (length > end || bytes.compare(begin, 12, "HTTP/1.1 202") != 0) {
      std::fprintf(stderr, "%s\n", bytes.substr(begin, 300).c_str());
      std::exit(1);
    }
    const auto size = end + 4 + std::strtoul(bytes.c_str() + length + 16, nullptr, 10);
    if (bytes.size() < size) break;
    begin = size;
    ++count;
  }
  bytes.erase(0, begin);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: publish <admin port> <secret> <pid> <connections> <in flight> <seconds>\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto request = request_of(argv[2]);
  const std::string pid = argv[3];
  const auto in_flight = static_cast<std::size_t>(std::atoi(argv[5]));
  std::vector<connection> all(static_cast<std::size_t>(std::atoi(argv[4])));
  const bennu::unique_fd poll{epoll_create1(EPOLL_CLOEXEC)};
  const auto send_more = [&](connection& to, std::size_t count) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += request;
    const auto now = clock_type::now();
    to.sent.insert(to.sent.end(), count, now);
    for (std::string_view left = bytes; !left.empty();) {
      const auto n = send(to.fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (n <= 0) std::exit(1);
      left.remove_prefix(static_cast<std::size_t>(n));
    }
  };
  for (auto& one : all) {
    one.fd = connect_to(port);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &one}};
    epoll_ctl(poll.get(), EPOLL_CTL_ADD, one.fd.get(), &event);
    send_more(one, in_flight);
  }
  std::vector<double> times;
  const auto begin = clock_type::now();
  const auto end = begin + std::chrono::seconds{std::atoi(argv[6])};
  const auto cpu_before = cpu_seconds(pid);
  std::vector<epoll_event> events(all.size());
  while (clock_type::now() < end) {
    const auto ready = epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      auto& one = *static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      char part[65'536];
      const auto n = recv(one.fd.get(), part, sizeof part, MSG_DONTWAIT);
      if (n <= 0) continue;
      one.waiting.append(part, static_cast<std::size_t>(n));
      const auto answers = take_answers(one.waiting);
      const auto now = clock_type::now();
      for (std::size_t k = 0; k < answers; ++k) {
        times.push_back(std::chrono::duration<double, std::milli>(now - one.sent.front()).count());
        one.sent.pop_front();
      }
      if (answers > 0) send_more(one, answers);
    }
  }
  const auto seconds = std::chrono::duration<double>(clock_type::now() - begin).count();
  const auto cpu = cpu_seconds(pid) - cpu_before;
  std::sort(times.begin(), times.end());
  const auto count = static_cast<double>(times.size());
  const auto at = [&](double part) { return times.empty() ? 0 : times[static_cast<std::size_t>(part * (count - 1))]; };
  std::printf("%.0f messages a second, %.2f us of the server's CPU each; answers after %.2f ms (p50), %.2f ms (p99)\n",
              count / seconds, cpu / count * 1e6, at(0.5), at(0.99));
  return 0;
}
