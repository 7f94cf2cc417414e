#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <bennu/runtime/unique_fd.hpp>

#include <sys/socket.h>
#include <sys/types.h>

namespace bennu {

class tls_stream;

/// The bytes from and to one client: what a session reads and writes, and never the socket itself. Owns the descriptor,
/// a connected non-blocking socket, and the TLS on it where there is any. Its loop's thread only.
///
/// Results are those of recv(2) and send(2): -1 with errno, EAGAIN where nothing can be had or taken at the moment.
class stream {
public:
  stream() noexcept;
  explicit stream(unique_fd fd) noexcept;
  stream(stream&&) noexcept;
  stream& operator=(stream&&) noexcept;
  ~stream();

  /// From now on the bytes are encrypted. Before any are read or written.
  void speak(std::unique_ptr<tls_stream> tls) noexcept;

  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }
  /// Null where the bytes are plain.
  tls_stream* tls() const noexcept { return tls_.get(); }

  /// @param to what a thread's shard has for it
  /// @returns the bytes that came, 0 where the client has ended its side
  ssize_t read(std::span<char> to) { return tls_ ? read_tls(to) : ::recv(fd_.get(), to.data(), to.size(), 0); }

  ssize_t write(std::string_view bytes) {
    return tls_ ? write_tls(bytes) : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  /// Writes from where `file` stands, and moves that on. @returns 0 at the file's end
  ssize_t write_file(int file, std::uint64_t most);

  /// What was written may wait here still, encrypted: sends it. @returns whether nothing is left
  bool flush() { return !tls_ || flush_tls(); }

  /// Tells the client that nothing more comes. What it sends can still be read.
  void end_writing();
  /// Does so too, and ends the connection.
  void close();

private:
  ssize_t read_tls(std::span<char> to);
  ssize_t write_tls(std::string_view bytes);
  bool flush_tls();

  unique_fd fd_;
  std::unique_ptr<tls_stream> tls_;
};

}  // namespace bennu
