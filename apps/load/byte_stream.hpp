#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "target.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace load {

/// What the TLS connections of this program have in common.
class tls_settings {
public:
  struct options {
    std::string ca_file;    ///< certificates to trust, in PEM; empty: the system's
    bool insecure = false;  ///< takes any certificate
  };

  /// @throws std::runtime_error that says what is wrong with the file
  explicit tls_settings(const options& wanted);
  ~tls_settings();
  tls_settings(const tls_settings&) = delete;
  tls_settings& operator=(const tls_settings&) = delete;

private:
  friend class byte_stream;
  ssl_ctx_st* context_;
};

/// A connection's bytes, plain or through TLS. Never blocks.
class byte_stream {
public:
  enum class status : std::uint8_t { done, not_now, ended };
  struct result {
    status how;
    std::size_t bytes = 0;
  };

  byte_stream() = default;
  ~byte_stream();
  byte_stream(byte_stream&& other) noexcept;
  byte_stream& operator=(byte_stream&& other) noexcept;

  /// Begins to connect. @param from an address of this machine, or null
  /// @param tls null for a plain connection
  /// @returns a stream that is not open where that fails at once, with errno
  static byte_stream connect(const target& to, const endpoint* from, const tls_settings* tls);

  bool is_open() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

  /// The TCP connection stands, or has failed. @returns an errno, or 0
  int connect_error() const noexcept;

  /// To be called when the descriptor is ready, until it does not say not_now. Plain connections need none.
  status handshake();

  result read(std::span<char> to);
  result write(std::string_view bytes);

  /// Whether TLS waits for the descriptor to be writable, whatever was asked of it.
  bool wants_write() const noexcept { return wants_write_; }
  /// Why TLS ended the connection, or "connection lost".
  std::string failure() const;

  void close() noexcept;

private:
  result tls_result(int n);

  int fd_ = -1;
  ssl_st* tls_ = nullptr;
  bool wants_write_ = false;
  std::string failure_;
};

}  // namespace load
