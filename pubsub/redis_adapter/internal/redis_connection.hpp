#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <hiredis/hiredis.h>
#include <bennu/pubsub/redis_adapter/internal/redis_socket.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/loop_watch.hpp>

namespace bennu {

/// Redis's protocol over a `redis_socket`, on one loop: commands go out, replies come in. It opens once, and closes
/// once.
class redis_connection final : private event_loop::watcher {
public:
  /// Receives the events of connections. Must not destroy one within a call.
  class user {
  public:
    virtual void on_open(redis_connection& from) = 0;
    virtual void on_reply(redis_connection& from, const redisReply& reply) = 0;
    /// More than `redis_connection_full` waited to be written, and now it is less than half of that.
    virtual void on_drained(redis_connection& from) = 0;
    /// The connection failed, or the server closed it. Nothing else is called afterwards.
    virtual void on_closed(redis_connection& from, const std::string& why) = 0;

  protected:
    ~user() = default;
  };

  /// Limits of a connection.
  struct limits {
    std::size_t max_reply_bytes;              ///< more in one reply closes the connection
    std::chrono::milliseconds silence_limit;  ///< see `redis_socket`
  };

  /// Begins to connect. @param owner must outlive this
  /// @throws std::runtime_error with the reason if there is nothing to connect to
  redis_connection(event_loop& loop, const redis_url& server, const redis_address& to, const limits& l, user& owner);
  ~redis_connection();
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;

  /// Does not call the user.
  void send(std::initializer_list<std::string_view> command);
  /// Bytes of `send` that were not written yet.
  std::size_t waiting() const noexcept { return out_.size() - written_; }
  /// Closes the connection, and does not call the user.
  void close();

private:
  enum class life : std::uint8_t { connecting, open, closed };

  void on_ready(std::uint32_t events) override;
  void go_on_connecting();
  void read();
  void take_replies();
  /// @returns false if the connection failed
  bool write();
  void set_watch();
  void fail(const std::string& why);

  struct freed {
    void operator()(redisReader* reader) const noexcept;
    void operator()(redisReply* reply) const noexcept;
  };

  user& owner_;
  const std::size_t max_reply_bytes_;
  redis_socket socket_;
  std::unique_ptr<redisReader, freed> reader_;
  std::string out_;
  std::size_t written_ = 0;  ///< of `out_`
  life life_ = life::connecting;
  bool was_full_ = false;
  loop_watch watch_;
};

/// If more bytes than this wait in a connection, its user should wait for `on_drained`.
inline constexpr std::size_t redis_connection_full = std::size_t{1024} * 1024;

}  // namespace bennu
