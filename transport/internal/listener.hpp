#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/listener_options.hpp>

namespace bennu {

/// Accepts connections at a port, on all addresses of a name, or at a Unix socket. Only its loop's thread may use it,
/// except for the constructor and the destructor.
class listener final {
public:
  using on_accept = std::function<void(unique_fd, std::string peer_address, std::uint16_t peer_port)>;

  /// Binds and listens. Accepts no connection before `start`.
  /// @throws std::runtime_error with the reason, such as that the port is in use
  listener(event_loop& loop, const logger& log, const listener_options& where, on_accept accept);
  /// Removes the Unix socket. Must be called after `stop`, or before `start`.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// The bound port; 0 for a Unix socket.
  std::uint16_t port() const noexcept { return port_; }

  void start();
  /// Closes the sockets. New connections are refused from now on.
  void stop();

private:
  /// A listening socket.
  class acceptor final : public event_loop::watcher {
  public:
    acceptor(listener& owner, unique_fd fd) : owner_(owner), fd_(std::move(fd)) {}

    void start() { owner_.loop_.watch(fd_.get(), EPOLLIN, *this); }
    void stop() { owner_.loop_.unwatch(fd_.get(), *this); }
    void on_ready(std::uint32_t events) override;

  private:
    listener& owner_;
    unique_fd fd_;
  };

  void pause();

  event_loop& loop_;
  const logger& log_;
  on_accept accept_;
  std::vector<acceptor> acceptors_;  ///< empty after `stop`
  std::filesystem::path unix_socket_;
  std::uint16_t port_ = 0;
  loop_timer pause_;  ///< pending during a pause in accepting
};

}  // namespace bennu
