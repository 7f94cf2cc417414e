#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <bennu/runtime/peer_certificate.hpp>
#include <bennu/runtime/tls/openssl.hpp>

#include <sys/types.h>

namespace bennu {

/// The server's side of a TLS connection, as `stream` uses it: the same results, on the same descriptor, which stays
/// the stream's. The handshake is made by the first reads.
///
/// OpenSSL never sees the socket. It is given what one recv brought, and what it writes leaves in one send; both lie in
/// memory of the thread. So a connection keeps of the ciphertext only what the kernel did not take.
class tls_stream {
public:
  /// @param ssl in the state to accept
  explicit tls_stream(ssl_ptr ssl);

  /// The largest record (RFC 8446, section 5.2, and RFC 5246, 6.2.3), its header included.
  static constexpr std::size_t max_record_bytes = 5 + 16 * 1024 + 2048;

  /// Ciphertext that waits for a client. One write leaves half of it at most. The rest is for what TLS itself answers,
  /// to a change of keys say: a client that has more answered, and does not read it, has failed.
  static constexpr std::size_t max_unsent_bytes = 128 * 1024;

  /// Steps of OpenSSL's state machine after the handshake. A change of keys takes five, and some 15 microseconds for
  /// its 27 bytes; an honest client makes one in many millions of records.
  static constexpr std::size_t max_later_steps = 5'000;

  /// @param to room for more than two records
  ssize_t read(int fd, std::span<char> to);
  /// Takes what it is given until the kernel blocks: of that piece, the rest is kept here.
  ssize_t write(int fd, std::string_view bytes);
  /// Sends what was kept. @returns whether nothing is left
  bool flush(int fd);
  /// Tells the client that nothing more comes, where it can still be told.
  void end_writing(int fd);

  bool is_established() const noexcept { return SSL_is_init_finished(ssl_.get()) == 1; }
  /// Why the handshake, or the connection, has failed; empty where it has not.
  const std::string& failure() const noexcept { return failure_; }
  /// Nothing where the client has shown none.
  std::optional<peer_certificate> certificate() const;

private:
  static void on_step(const SSL* ssl, int where, int);
  void judge();
  bool send_out(int fd);

  ssl_ptr ssl_;
  std::string unsent_;   ///< ciphertext that the kernel did not take
  std::string failure_;  ///< after it nothing is read or written any more
  std::size_t later_steps_ = 0;
  bool shaken_ = false;  ///< the handshake was done before this read
  bool ended_ = false;   ///< the client has ended its side, in TLS's way
};

}  // namespace bennu
