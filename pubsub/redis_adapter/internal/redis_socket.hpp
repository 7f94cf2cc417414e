#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>

struct addrinfo;
struct ssl_ctx_st;
struct ssl_st;

namespace bennu {

/// A connection to a Redis server that never waits, but for the resolver where the host is a name. One thread.
///
/// With TLS the server's certificate has to be signed by an authority that this machine trusts (OpenSSL's default
/// files, and SSL_CERT_FILE and SSL_CERT_DIR), and to be for the URL's host.
class redis_socket {
public:
  /// What came of an attempt.
  enum class outcome : std::uint8_t {
    done,
    not_yet,  ///< when the descriptor is ready
    failed,   ///< `error` says why
  };

  /// Begins to connect. @throws std::runtime_error where nobody can be connected to
  explicit redis_socket(const redis_url& to);
  ~redis_socket();
  redis_socket(const redis_socket&) = delete;
  redis_socket& operator=(const redis_socket&) = delete;

  /// Goes on connecting, and shaking hands. May change the descriptor, as where one address does not answer.
  outcome connect();
  /// @param got how many bytes came
  outcome read(char* to, std::size_t size, std::size_t& got);
  /// @param written how many bytes were taken
  outcome write(std::string_view from, std::size_t& written);

  int fd() const noexcept { return fd_; }
  /// What epoll should look for, besides EPOLLIN, before `connect` is called again.
  std::uint32_t wanted_events() const noexcept { return wanted_; }
  const std::string& error() const noexcept { return error_; }

private:
  bool try_next_address();
  outcome fail(std::string why);
  outcome fail_with(int error);
  outcome of_tls(int result);
  void begin_tls();

  struct freed {
    void operator()(addrinfo* list) const noexcept;
    void operator()(ssl_ctx_st* context) const noexcept;
    void operator()(ssl_st* connection) const noexcept;
  };

  const redis_url to_;
  std::unique_ptr<addrinfo, freed> addresses_;
  const addrinfo* next_ = nullptr;
  int fd_ = -1;
  bool connected_ = false;
  std::uint32_t wanted_ = 0;
  std::string error_;
  std::unique_ptr<ssl_ctx_st, freed> context_;
  std::unique_ptr<ssl_st, freed> tls_;
};

}  // namespace bennu
