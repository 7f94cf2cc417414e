#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/redis_adapter/internal/redis_connection.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>
#include <bennu/runtime/event_loop.hpp>

namespace bennu {

/// Both directions to a Redis server: a connection that publishes, and one that subscribes to one channel. Opens once
/// and closes once. One thread, that of the loop.
class redis_duplex final : private redis_connection::user {
public:
  /// Receives the events of duplexes. Must not destroy one within a call.
  class user {
  public:
    /// The duplex is subscribed, and may publish.
    virtual void on_ready(redis_duplex& from) = 0;
    virtual void on_message(std::string_view message) = 0;
    /// A published message had no receiver. @param tag see `publish`
    virtual void on_no_receiver(const std::string& tag) = 0;
    /// The duplex is not full any more.
    virtual void on_drained(redis_duplex& from) = 0;
    /// The server refuses, or a connection was lost. Nothing else is called afterwards.
    virtual void on_lost(redis_duplex& from, const std::string& why) = 0;
    /// The server did not publish a message. @param why the server's reason
    virtual void on_not_published(const std::string& why) = 0;

  protected:
    ~user() = default;
  };

  /// Begins to connect. @param channel to subscribe to @param owner must outlive this
  /// @throws std::runtime_error with the reason if there is nothing to connect to
  redis_duplex(event_loop& loop, const redis_url& server, const redis_address& to, std::string channel,
               const redis_connection::limits& l, user& owner);

  /// @param tag passed to `on_no_receiver`, unless it is empty
  void publish(std::string_view channel, std::string_view message, std::string tag);
  /// True if the bytes that wait have reached the limit, so that none should be added.
  bool is_full() const noexcept { return publisher_.waiting() > redis_connection_full; }
  bool is_ready() const noexcept { return state_ == state::ready; }
  /// True if the server has accepted all published messages.
  bool is_idle() const noexcept { return tags_.empty(); }
  /// Closes the connections, and does not call the owner.
  void close();

private:
  enum class state : std::uint8_t { connecting, ready, closed };

  void on_open(redis_connection& from) override;
  void on_reply(redis_connection& from, const redisReply& reply) override;
  void on_drained(redis_connection& from) override;
  void on_closed(redis_connection& from, const std::string& why) override;

  void authenticate(redis_connection& on) const;
  void on_subscriber_reply(const redisReply& reply);
  void on_publish_reply(const redisReply& reply);
  void on_server_facts(const redisReply& reply);
  void become_ready();
  void lose(const std::string& why);

  const redis_url& server_;
  const std::string channel_;
  user& owner_;
  redis_connection subscriber_;
  redis_connection publisher_;
  state state_ = state::connecting;
  bool is_subscribed_ = false;
  bool may_publish_ = false;
  /// True if the reply to PUBLISH counts all receivers. A member of a Redis Cluster counts only its own.
  bool counts_receivers_ = false;
  std::deque<std::string> tags_;  ///< of the messages whose PUBLISH has no reply yet
};

}  // namespace bennu
