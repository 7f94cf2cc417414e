#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/direct_adapter/internal/join_failure.hpp>
#include <bennu/pubsub/direct_adapter/internal/node_credentials.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/loop_watch.hpp>
#include <bennu/runtime/tls/tls_stream.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// A connection to another node: TLS over TCP, and frames in it, each with its length before it. It opens once, and
/// closes once. Its loop's thread only.
class node_connection final : private event_loop::watcher {
public:
  /// The present user of a connection. It may close the connection in any call, and destroy it after the call.
  class user {
  public:
    /// Called when both sides have proved that they belong to the cluster. From now on frames can be sent and received.
    virtual void on_open(node_connection&) = 0;
    virtual void on_frame(node_connection&, std::string_view frame) = 0;
    /// Called when the kernel has accepted all waiting bytes. Not called within `send`.
    virtual void on_drained(node_connection&) {}
    /// Not called after `close`.
    virtual void on_closed(node_connection&, const join_failure& why) = 0;

  protected:
    ~user() = default;
  };

  using side = node_credentials::side;

  /// @param socket non-blocking; connected, or about to be @param peer the other side's address, as a number
  node_connection(event_loop& loop, unique_fd socket, side which, std::shared_ptr<const node_credentials> proof,
                  node_address peer, user& by);
  ~node_connection();
  node_connection(const node_connection&) = delete;
  node_connection& operator=(const node_connection&) = delete;

  /// Sets another user.
  void set_user(user& by) noexcept { user_ = &by; }
  /// A longer frame ends the connection.
  void set_max_frame_bytes(std::size_t bytes) noexcept { max_frame_bytes_ = bytes; }

  /// Sends a frame. Bytes that the kernel does not accept wait; see `is_drained`.
  void send(std::string_view frame);
  bool is_drained() const noexcept { return out_.empty() && !tls_waits_; }
  /// Stops and resumes reading.
  void pause_reading(bool pause);

  void close();
  bool is_open() const noexcept { return stage_ == stage::open; }

  const node_address& peer() const noexcept { return peer_; }
  bool was_dialed_here() const noexcept { return side_ == side::dialed; }
  /// The time at which the last bytes arrived, also of an incomplete frame.
  event_loop::clock::time_point heard() const noexcept { return heard_; }

private:
  enum class stage : std::uint8_t { connecting, handshaking, open, closed };

  void on_ready(std::uint32_t events) override;
  void begin_tls();
  void read();
  void take(std::string_view bytes);
  /// @returns the number of consumed bytes, in complete frames
  std::size_t take_frames(std::string_view bytes);
  void write();
  void set_watch();
  void fail(const join_failure& why);
  void fail_tls();

  event_loop& loop_;
  unique_fd socket_;
  const side side_;
  const std::shared_ptr<const node_credentials> proof_;
  const node_address peer_;
  user* user_;
  tls_stream tls_;
  stage stage_ = stage::connecting;
  std::size_t max_frame_bytes_;
  std::string in_;   ///< bytes of an incomplete frame
  std::string out_;  ///< bytes that are not encrypted yet
  std::size_t written_ = 0;
  bool tls_waits_ = false;  ///< encrypted bytes wait for the kernel
  bool reads_ = true;
  event_loop::clock::time_point heard_;
  loop_watch watch_;
};

}  // namespace bennu
