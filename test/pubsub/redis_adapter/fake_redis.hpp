#pragma once

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/unique_fd.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

/// A Redis server whose replies the test writes. It listens on a free port of this machine; the test's thread waits for
/// clients and for their commands, at most ten seconds each.
class fake_redis {
public:
  using command = std::vector<std::string>;

  /// The server's end of one connection.
  class client {
  public:
    explicit client(bennu::unique_fd fd) : fd_(std::move(fd)) {}

    /// Waits for the next command. @throws std::runtime_error if there is none
    command next() {
      const auto count = number_after('*');
      command words;
      for (std::size_t i = 0; i < count; ++i) {
        const auto size = number_after('$');
        while (received_.size() < size + 2) receive();
        words.push_back(received_.substr(0, size));
        received_.erase(0, size + 2);
      }
      return words;
    }

    void reply(std::string_view text) {
      while (!text.empty()) {
        const auto sent = send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("the client is gone");
        text.remove_prefix(static_cast<std::size_t>(sent));
      }
    }

    /// A reply that is a list of texts.
    void reply(const command& words) {
      auto text = '*' + std::to_string(words.size()) + "\r\n";
      for (const auto& word : words) text += '$' + std::to_string(word.size()) + "\r\n" + word + "\r\n";
      reply(text);
    }

    int descriptor() const noexcept { return fd_.get(); }

    /// Waits until the client has closed the connection, and drops what it still sends.
    void await_end() {
      char bytes[4096];
      ssize_t got = 0;
      do got = recv(fd_.get(), bytes, sizeof bytes, 0);
      while (got > 0);
      if (got < 0 && errno == EAGAIN) throw std::runtime_error("the client does not close the connection");
    }

  private:
    std::size_t number_after(char sign) {
      std::size_t end = 0;
      while ((end = received_.find("\r\n")) == std::string::npos) receive();
      if (received_.front() != sign) throw std::runtime_error("not a command: " + received_);
      const auto number = std::stoul(received_.substr(1, end - 1));
      received_.erase(0, end + 2);
      return number;
    }

    void receive() {
      char bytes[4096];
      const auto got = recv(fd_.get(), bytes, sizeof bytes, 0);
      if (got <= 0) throw std::runtime_error("no command came");
      received_.append(bytes, static_cast<std::size_t>(got));
    }

    bennu::unique_fd fd_;
    std::string received_;
  };

  fake_redis() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    limit_waiting(listener_.get());
    if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 16) != 0 ||
        getsockname(listener_.get(), generic, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  client accept() {
    bennu::unique_fd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) throw std::runtime_error("nobody connects");
    limit_waiting(fd.get());
    return client{std::move(fd)};
  }

private:
  static void limit_waiting(int fd) {
    const timeval most{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  }

  bennu::unique_fd listener_;
  std::uint16_t port_ = 0;
};
