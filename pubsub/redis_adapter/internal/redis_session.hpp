#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <bennu/pubsub/redis_adapter/internal/redis_duplex.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// This node's connections to a Redis server: one duplex for the channel of all nodes, and one for this node's own
/// channel. They are apart so that the short messages for all, which show that nodes are up, do not wait behind
/// megabytes on a slow link. The session has both or neither: if one is lost, the other one is closed, and both are
/// made again after a pause that grows, at the next address. One thread, that of the loop.
class redis_session final : private redis_duplex::user {
public:
  class user {
  public:
    virtual void on_connected() = 0;
    virtual void on_disconnected() = 0;
    virtual void on_message(std::string_view message) = 0;
    /// A message that was sent to a node had no receiver.
    virtual void on_no_receiver(const std::string& node) = 0;
    /// The session is not full any more.
    virtual void on_drained() = 0;

  protected:
    ~user() = default;
  };

  /// @param node this node's name @param owner must outlive this
  redis_session(event_loop& loop, redis_url server, const std::string& node, const limits& l, const logger& log,
                user& owner);

  void start();
  /// Closes the connections, and does not call the owner.
  void stop();
  /// Acts as if the server had closed the connections. Does nothing if there are none.
  void restart(const std::string& why);

  // While the session is not connected, messages that are sent are lost.
  void send_to_all(std::string_view message);
  void send_to(const std::string& node, std::string_view message);
  bool is_full() const { return to_one_ != nullptr && to_one_->is_full(); }
  bool is_connected() const noexcept { return is_connected_; }
  /// True if Redis has accepted all sent messages.
  bool is_idle() const noexcept { return !is_connected_ || (to_all_->is_idle() && to_one_->is_idle()); }

private:
  void on_ready(redis_duplex& from) override;
  void on_message(std::string_view message) override;
  void on_no_receiver(const std::string& tag) override;
  void on_drained(redis_duplex& from) override;
  void on_lost(redis_duplex& from, const std::string& why) override;
  void on_not_published(const std::string& why) override;

  void connect();
  void lose(const std::string& why);
  std::chrono::milliseconds next_pause();
  std::string address() const;

  event_loop& loop_;
  const redis_url server_;
  const limits& limits_;
  const logger& log_;
  user& owner_;
  const std::string channel_of_all_;
  const std::string channel_prefix_;  ///< of the channels of single nodes
  const std::string own_channel_;

  std::size_t address_ = 0;  ///< the one of `server_` that is used or tried
  std::unique_ptr<redis_duplex> to_all_;
  std::unique_ptr<redis_duplex> to_one_;
  bool is_connected_ = false;
  loop_timer timer_;                            ///< until connecting has failed, or until the next attempt
  event_loop::clock::time_point connected_at_;  ///< the last time
  int failures_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace bennu
