#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <sys/socket.h>

struct ssl_ctx_st;
struct ssl_st;

namespace bennu {

/// A connection to a Redis server that never waits, except for the resolver if the host is a name. One thread.
///
/// With TLS the server's certificate must be signed by an authority that `redis_certificates` name, and must be for the
/// URL's host.
class redis_socket {
public:
  /// The result of an attempt.
  enum class outcome : std::uint8_t {
    done,
    not_yet,  ///< try again when the descriptor is ready
    failed,   ///< see `error`
  };

  /// Begins to connect.
  /// @param to one of the server's addresses
  /// @param silence_limit the kernel ends the connection if the other machine acknowledges nothing for this time
  /// @throws std::runtime_error with the reason if there is nothing to connect to
  redis_socket(const redis_url& server, const redis_address& to, std::chrono::milliseconds silence_limit);
  ~redis_socket();
  redis_socket(const redis_socket&) = delete;
  redis_socket& operator=(const redis_socket&) = delete;

  /// Continues to connect and to shake hands. May change the descriptor, if one of the host's addresses does not
  /// answer.
  outcome connect();
  /// @param got the number of received bytes
  outcome read(char* to, std::size_t size, std::size_t& got);
  /// @param written the number of accepted bytes
  outcome write(std::string_view from, std::size_t& written);

  int fd() const noexcept { return fd_.get(); }
  /// The events that epoll must watch for, besides EPOLLIN, before `connect` is called again.
  std::uint32_t wanted_events() const noexcept { return wanted_; }
  const std::string& error() const noexcept { return error_; }

private:
  /// An address of the kernel's.
  struct endpoint {
    sockaddr_storage address{};
    socklen_t length = 0;
  };

  static std::vector<endpoint> resolve(const redis_address& to, redis_carrier carrier);
  bool try_next_endpoint();
  void set_options() const;
  outcome fail(std::string why);
  outcome fail_with(int error);
  outcome result_of_tls(int result);
  bool begin_tls();
  bool load_certificates();

  struct freed {
    void operator()(ssl_ctx_st* context) const noexcept;
    void operator()(ssl_st* connection) const noexcept;
  };

  const redis_carrier carrier_;
  const std::string host_;
  const redis_certificates certificates_;
  const std::chrono::milliseconds silence_limit_;
  const std::vector<endpoint> endpoints_;
  std::size_t next_ = 0;
  unique_fd fd_;
  bool is_connected_ = false;
  std::uint32_t wanted_ = 0;
  std::string error_;
  std::unique_ptr<ssl_ctx_st, freed> context_;
  std::unique_ptr<ssl_st, freed> tls_;
};

}  // namespace bennu
