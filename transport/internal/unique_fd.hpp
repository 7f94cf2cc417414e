#pragma once

#include <utility>

#include <unistd.h>

namespace bennu {

/// Owns a file descriptor, or none, and closes it in the end.
class unique_fd {
public:
  unique_fd() noexcept = default;
  explicit unique_fd(int fd) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// The descriptor, -1 where there is none. Still owned.
  int get() const noexcept { return fd_; }

  /// Gives the descriptor away: whoever takes it closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
  int fd_ = -1;
};

}  // namespace bennu
