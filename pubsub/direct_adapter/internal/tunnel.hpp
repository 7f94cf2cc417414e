#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/direct_adapter/internal/node_connection.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/loop_watch.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// Carries the bytes of a local socket to another node and back, over a connection of their own: CAF, at the other end
/// of the socket, speaks to the CAF there. Each side waits for the other: bytes that one side does not accept
/// are not read from the other. For one thread.
class tunnel final : private node_connection::user, private event_loop::watcher {
public:
  using take_connection = std::function<std::unique_ptr<node_connection>(node_connection::user&)>;

  /// @param on_end called once, if one of the ends closes; the tunnel is destroyed later, not within the call
  tunnel(event_loop& loop, unique_fd socket, const take_connection& take, std::function<void(tunnel&)> on_end);
  ~tunnel();
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;

  /// Ends the tunnel, without a call of `on_end`.
  void close();

private:
  void on_open(node_connection&) override {}
  void on_frame(node_connection& c, std::string_view frame) override;
  void on_drained(node_connection& c) override;
  void on_closed(node_connection& c, const join_failure& why) override;
  void on_ready(std::uint32_t events) override;
  void read();
  void write();
  void set_watch();
  void end();

  unique_fd socket_;
  std::function<void(tunnel&)> on_end_;
  std::unique_ptr<node_connection> connection_;
  std::string to_socket_;  ///< bytes that the socket has not accepted
  loop_watch watch_;
};

}  // namespace bennu
