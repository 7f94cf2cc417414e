#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <bennu/pubsub/redis_adapter/internal/redis_connection.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// Two connections to a Redis server, one that publishes and one that subscribes to the channel of all nodes and to
/// this node's own. It has both or neither: where one is lost, the other one is closed, and both are made again after a
/// pause that grows. One thread, that of the loop.
class redis_session final : private redis_connection::user {
public:
  class user {
  public:
    virtual void on_connected() = 0;
    virtual void on_disconnected() = 0;
    virtual void on_message(std::string_view what) = 0;
    /// What was sent to a node went to no subscriber.
    virtual void on_nobody_heard(const std::string& node) = 0;
    /// The session is not full any more.
    virtual void on_drained() = 0;

  protected:
    ~user() = default;
  };

  /// @param node this one's name
  redis_session(event_loop& loop, redis_url to, std::string node, const limits& l, const logger& log, user& who);

  void start();
  /// Closes, and does not call the user.
  void stop();
  /// As if the server had closed the connections. Does nothing where there are none.
  void restart(const std::string& why);

  // Without connections, what is sent is gone.
  void send_to_all(std::string_view what);
  void send_to(const std::string& node, std::string_view what);
  bool is_full() const { return publisher_ != nullptr && publisher_->waiting() > redis_connection_full; }
  bool is_connected() const noexcept { return connected_; }
  /// Whether Redis has taken all that was sent.
  bool is_idle() const noexcept { return !connected_ || unanswered_.empty(); }

private:
  void on_open(redis_connection& which) override;
  void on_reply(redis_connection& which, const redisReply& what) override;
  void on_drained(redis_connection& which) override;
  void on_closed(redis_connection& which, const std::string& why) override;

  void on_subscriber_reply(const redisReply& what);
  void on_publisher_reply(const redisReply& what);
  void connect();
  void connect_if_ready();
  void lose(const std::string& why);
  std::chrono::milliseconds next_pause();
  void publish(const std::string& channel, const std::string& node, std::string_view what);

  event_loop& loop_;
  const redis_url to_;
  const limits& limits_;
  const logger& log_;
  user& user_;
  const std::string all_;   ///< the channel of all nodes
  const std::string some_;  ///< what the channels of single nodes begin with
  const std::string mine_;

  std::unique_ptr<redis_connection> publisher_;
  std::unique_ptr<redis_connection> subscriber_;
  bool can_publish_ = false;
  int subscriptions_ = 0;
  bool connected_ = false;
  std::deque<std::string> unanswered_;  ///< the nodes that were published to; empty: all
  event_loop::timer_id timer_;
  event_loop::clock::time_point since_;  ///< of the connections
  int failures_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace bennu
