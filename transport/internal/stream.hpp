#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <bennu/runtime/unique_fd.hpp>

#include <sys/socket.h>
#include <sys/types.h>

namespace bennu {

class tls_stream;

/// The byte stream of one client. Sessions use it instead of the socket itself. Owns the descriptor, a connected
/// non-blocking socket, and its TLS state if it has one. Its loop's thread only.
///
/// Results are those of recv(2) and send(2): -1 with errno, and EAGAIN if no bytes can be read or written at the
/// moment.
class stream {
public:
  stream() noexcept;
  explicit stream(unique_fd fd) noexcept;
  stream(stream&&) noexcept;
  stream& operator=(stream&&) noexcept;
  ~stream();

  /// Encrypts all bytes from now on. Call it before the first read or write.
  void speak(std::unique_ptr<tls_stream> tls) noexcept;

  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }
  /// Returns null if the connection does not use TLS.
  tls_stream* tls() const noexcept { return tls_.get(); }

  /// @param to the buffer of the thread's shard
  /// @returns the number of bytes, or 0 if the client has ended its side
  ssize_t read(std::span<char> to) { return tls_ ? read_tls(to) : ::recv(fd_.get(), to.data(), to.size(), 0); }

  ssize_t write(std::string_view bytes) {
    return tls_ ? write_tls(bytes) : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  /// Writes from the present position of `file`, and advances it. @returns 0 at the file's end
  ssize_t write_file(int file, std::uint64_t most);

  /// Sends encrypted bytes that still wait here after a write. @returns true if none is left
  bool flush() { return !tls_ || flush_tls(); }

  /// Makes the connection fail when bytes were sent, and the client's system has confirmed none of them for that long.
  /// So a client that is written to and vanished without a word is noticed. Does nothing for a Unix socket.
  void limit_unacknowledged(std::chrono::milliseconds time) noexcept;

  /// Ends this side of the connection. Bytes of the client can still be read.
  void end_writing();
  /// Ends both sides, and closes the connection.
  void close();

private:
  ssize_t read_tls(std::span<char> to);
  ssize_t write_tls(std::string_view bytes);
  bool flush_tls();

  unique_fd fd_;
  std::unique_ptr<tls_stream> tls_;
};

}  // namespace bennu
