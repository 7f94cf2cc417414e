#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/peer_certificate.hpp>
#include <bennu/runtime/tls/openssl.hpp>

#include <sys/types.h>

namespace bennu {

/// One side of a TLS connection over a non-blocking socket. The caller owns the socket's descriptor. `read` and `write`
/// have the results of recv(2) and send(2). The first reads make the handshake; the side that connected starts it with
/// `begin`.
///
/// OpenSSL does not use the socket. It reads the bytes of one recv, and its output leaves in one send; both use memory
/// of the thread. So a connection stores only the ciphertext that the kernel did not accept.
class tls_stream {
public:
  /// @param ssl in the state to accept, or to connect
  /// @param of contains `max_tls_unsent_bytes` and `max_tls_key_changes`. If the peer exceeds one, the connection
  /// fails.
  explicit tls_stream(ssl_ptr ssl, const limits& of = {});

  /// The largest record (RFC 8446, section 5.2, and RFC 5246, 6.2.3), including its header.
  static constexpr std::size_t max_record_bytes = 5 + 16 * 1024 + 2048;

  /// Sends the first message of the handshake. The side that connected calls it before the first `read`.
  void begin(int fd);

  /// @param to must have room for more than two records
  ssize_t read(int fd, std::span<char> to);
  /// Accepts pieces until the kernel blocks, and keeps the rest of the last piece.
  ssize_t write(int fd, std::string_view bytes);
  /// Sends the kept bytes. @returns true if none is left
  bool flush(int fd);
  /// Sends the other side TLS's message for the end of the data, if that is still possible.
  void end_writing(int fd);

  bool is_established() const noexcept { return SSL_is_init_finished(ssl_.get()) == 1; }
  /// The reason why the handshake or the connection has failed; empty if it has not.
  const std::string& failure() const noexcept { return failure_; }
  /// OpenSSL's reason for it (ERR_GET_REASON), 0 if there is none.
  int failure_reason() const noexcept { return failure_reason_; }
  /// The reason why the other side's certificate was not accepted, as an X509_V_ERR_ value; X509_V_OK if it was
  /// accepted, or if there is none.
  long verify_result() const noexcept { return SSL_get_verify_result(ssl_.get()); }
  /// Empty if the other side has sent none.
  std::optional<peer_certificate> certificate() const;

private:
  static void on_step(const SSL* ssl, int where, int);
  void judge();
  void fail();
  bool send_out(int fd);

  ssl_ptr ssl_;
  std::string unsent_;   ///< ciphertext that the kernel did not accept
  std::string failure_;  ///< if it is set, nothing is read or written any more
  int failure_reason_ = 0;
  const std::size_t max_unsent_bytes_;
  const std::size_t max_later_steps_;
  std::size_t later_steps_ = 0;  ///< of OpenSSL's state machine, after the handshake
  bool shaken_ = false;          ///< the handshake was done before this read
  bool ended_ = false;           ///< the client has ended its side with a TLS message
};

}  // namespace bennu
