#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <bennu/runtime/unique_fd.hpp>

#include "target.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace load {

/// The TLS settings that all connections of this program share.
class tls_settings {
public:
  struct options {
    std::string ca_file;    ///< trusted certificates, in PEM; the system's if empty
    bool insecure = false;  ///< accepts any certificate
  };

  /// @throws std::runtime_error with a description of the fault if the file cannot be used
  explicit tls_settings(const options& wanted);
  ~tls_settings();
  tls_settings(const tls_settings&) = delete;
  tls_settings& operator=(const tls_settings&) = delete;

private:
  friend class byte_stream;
  ssl_ctx_st* context_;
};

/// The byte stream of a connection, plain or through TLS. Never blocks.
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
  /// @returns a stream that is not open, with errno set, if that fails at once
  static byte_stream connect(const target& to, const endpoint* from, const tls_settings* tls);

  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }

  /// Called when the TCP connection is open or has failed. @returns an errno, or 0
  int connect_error() const noexcept;

  /// Must be called when the descriptor is ready, until it does not return not_now. Plain connections need no
  /// handshake.
  status handshake();

  result read(std::span<char> to);
  result write(std::string_view bytes);

  /// True if TLS waits for the descriptor to become writable, even in a read.
  bool wants_write() const noexcept { return wants_write_; }
  /// The reason why TLS ended the connection, or "connection lost".
  std::string failure() const;

  void close() noexcept;

private:
  result tls_result(int n);

  bennu::unique_fd fd_;
  ssl_st* tls_ = nullptr;
  bool wants_write_ = false;
  std::string failure_;
};

}  // namespace load
