#pragma once

#include <bennu/runtime/limits.hpp>
#include <bennu/transport/internal/accepted_peer.hpp>
#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>
#include <bennu/transport/internal/io_shard.hpp>

namespace bennu {

/// A connection during its TLS handshake, for at most `limits::tls_handshake_timeout`. After that it becomes an
/// `http_session`. It owns the stream, and itself while the stream is open. Its loop's thread only.
class tls_handshake final : private session, private event_loop::watcher, private idle_wheel::item {
public:
  /// The handler and the limits must outlive the connection.
  /// @param client must have TLS on its stream
  static void start(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler);

private:
  tls_handshake(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler);
  ~tls_handshake() = default;

  bool drain() override;
  void cut() override { end(); }
  void on_ready(std::uint32_t events) override;
  event_loop::clock::time_point last_active() const noexcept override { return began_; }
  void on_idle() override;

  void become_http(std::string_view input);
  void watch(std::uint32_t events);
  void leave();
  void end();

  io_shard& shard_;
  accepted_peer client_;
  const bennu::limits& limits_;
  request_handler& handler_;
  event_loop::clock::time_point began_;
  std::uint32_t watched_ = EPOLLIN;
};

}  // namespace bennu
