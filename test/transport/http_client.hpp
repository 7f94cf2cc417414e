#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/runtime/unique_fd.hpp>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu::testing {

/// A client on this machine with blocking calls.
class http_client {
public:
  explicit http_client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  explicit http_client(unique_fd fd) : fd_(std::move(fd)) {}

  void send(std::string_view bytes) const {
    REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// Ends this side of the connection. Bytes of the server can still be read.
  void end_writing() const { ::shutdown(fd_.get(), SHUT_WR); }
  void hang_up() { fd_.reset(); }

  /// The next answer, head and body, or the part of it that arrived before the server closed.
  std::string answer() {
    for (;;) {
      const auto end = waiting_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto size = end + 4 + length_in(waiting_.substr(0, end + 2));
        if (waiting_.size() >= size) {
          auto whole = waiting_.substr(0, size);
          waiting_.erase(0, size);
          return whole;
        }
      }
      char part[4096];
      const auto n = recv(fd_.get(), part, sizeof part, 0);
      if (n <= 0) return std::exchange(waiting_, {});
      waiting_.append(part, static_cast<std::size_t>(n));
    }
  }
  /// The bytes up to `end`, including it, or those that arrived before the server closed.
  std::string until(std::string_view end) {
    std::array<char, 65'536> part;
    for (std::size_t searched = 0;;) {
      if (const auto at = waiting_.find(end, searched); at != std::string::npos) {
        auto found = waiting_.substr(0, at + end.size());
        waiting_.erase(0, found.size());
        return found;
      }
      searched = waiting_.size() - std::min(waiting_.size(), end.size());
      const auto n = recv(fd_.get(), part.data(), part.size(), 0);
      if (n <= 0) return std::exchange(waiting_, {});
      waiting_.append(part.data(), static_cast<std::size_t>(n));
    }
  }
  /// All bytes until the server closes.
  std::string rest() {
    char part[4096];
    for (ssize_t n = 0; (n = recv(fd_.get(), part, sizeof part, 0)) > 0;)
      waiting_.append(part, static_cast<std::size_t>(n));
    return std::exchange(waiting_, {});
  }
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }
  std::string get(std::string_view target) {
    return ask("GET " + std::string{target} + " HTTP/1.1\r\nhost: a\r\n\r\n");
  }

private:
  static std::size_t length_in(std::string_view head) {
    constexpr std::string_view name = "\r\ncontent-length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos ? 0 : std::stoul(std::string{head.substr(at + name.size())});
  }

  unique_fd fd_;
  std::string waiting_;
};

/// The number in the status line of an answer, and the part after its head.
inline std::string status_of(std::string_view answer) { return std::string{answer.substr(0, 12)}.erase(0, 9); }
inline std::string body_of(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string{} : std::string{answer.substr(end + 4)};
}
inline bool has_field(std::string_view answer, std::string_view field) {
  return answer.find("\r\n" + std::string{field} + "\r\n") < answer.find("\r\n\r\n") + 2;
}

}  // namespace bennu::testing
