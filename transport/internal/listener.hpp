#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// Accepts TCP connections on one address. Its loop's thread only, but for the constructor.
class listener final : private event_loop::watcher {
public:
  using on_accept = std::function<void(unique_fd, std::string peer_address, std::uint16_t peer_port)>;

  /// Binds and listens; accepts nothing before `start`.
  /// @param host a name or a numeric address, IPv4 or IPv6
  /// @param port 0: a free one
  /// @throws std::runtime_error that says what went wrong, such as that the port is in use
  listener(event_loop& loop, const logger& log, const std::string& host, std::uint16_t port, on_accept accept);
  ~listener() = default;

  std::uint16_t port() const noexcept { return port_; }

  void start();
  /// Closes the socket: connecting is refused from now on.
  void stop();

private:
  void on_ready(std::uint32_t events) override;
  void pause();

  event_loop& loop_;
  const logger& log_;
  on_accept accept_;
  unique_fd fd_;
  std::uint16_t port_ = 0;
};

}  // namespace bennu
