#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <bennu/transport/internal/unique_fd.hpp>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>

namespace bennu {

/// The bytes from and to one client: what a session reads and writes, and never the socket itself. Owns the descriptor,
/// a connected non-blocking socket. Its loop's thread only.
///
/// Results are those of recv(2) and send(2): -1 with errno, EAGAIN where nothing can be had or taken at the moment.
class stream {
public:
  stream() noexcept = default;
  explicit stream(unique_fd fd) noexcept : fd_(std::move(fd)) {}

  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }

  /// @returns the bytes that came, 0 where the client has ended its side
  ssize_t read(std::span<char> to) noexcept { return ::recv(fd_.get(), to.data(), to.size(), 0); }

  ssize_t write(std::string_view bytes) noexcept { return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// Writes from where `file` stands, and moves that on. @returns 0 at the file's end
  ssize_t write_file(int file, std::uint64_t most) noexcept {
    return ::sendfile(fd_.get(), file, nullptr, static_cast<std::size_t>(std::min<std::uint64_t>(most, file_chunk)));
  }

  /// Tells the client that nothing more comes. What it sends can still be read.
  void end_writing() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

  void close() noexcept { fd_ = {}; }

private:
  static constexpr std::uint64_t file_chunk = 1 << 20;

  unique_fd fd_;
};

}  // namespace bennu
