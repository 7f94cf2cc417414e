#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include <bennu/pubsub/direct_adapter/internal/node_handshake.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/loop_watch.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// Accepts connections on the cluster port. Until a connection has proved that it belongs to the cluster, and has named
/// its node, it is *unauthenticated*: there are at most `limits::max_node_unauthenticated` of them, each for at most
/// `limits::node_handshake_timeout`, and if there are too many, the oldest is closed, so that silent connections cannot
/// keep a node out. The number of accepted connections a second is limited as well, because each handshake costs a
/// signature. One thread.
class node_listener final : private event_loop::watcher {
public:
  using clock = event_loop::clock;

  node_listener(event_loop& loop, const limits& l, node_handshake::user& by);
  ~node_listener();

  /// Listens. @param host an address or a name; empty for all addresses @returns the port
  /// @throws std::runtime_error with the reason if it cannot
  std::uint16_t listen(const std::string& host, std::uint16_t port);
  /// Sets the credentials for new connections.
  void set_credentials(std::shared_ptr<const node_credentials> proof) { proof_ = std::move(proof); }
  void count_with(std::shared_ptr<metrics> counts) { counts_ = std::move(counts); }

  /// Must be called a few times a second: ends connections that took too long.
  void tick(clock::time_point now);
  /// Accepts no more connections, and ends the unauthenticated ones.
  void stop();

private:
  void on_ready(std::uint32_t events) override;
  void admit(unique_fd socket, node_address peer);

  event_loop& loop_;
  const limits& limits_;
  node_handshake::user& user_;
  std::shared_ptr<const node_credentials> proof_;
  std::shared_ptr<metrics> counts_ = std::make_shared<metrics>(std::vector<event_loop*>{});
  unique_fd socket_;
  loop_watch watch_;
  std::size_t accepts_left_;  ///< until the next tick; refilled with time
  clock::time_point refilled_ = clock::now();
  std::list<std::unique_ptr<node_handshake>> unauthenticated_;  ///< the oldest first; ended ones until the next tick
};

}  // namespace bennu
