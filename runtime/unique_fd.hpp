#pragma once

#include <utility>

#include <unistd.h>

namespace bennu {

/// Owns one file descriptor, or none, and closes it when it is destroyed. Movable, not copyable. Used by one thread at
/// a time.
class unique_fd {
public:
  unique_fd() noexcept = default;

  /// @param fd the descriptor to own; -1 for none
  explicit unique_fd(int fd) noexcept : fd_(fd) {}

  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}

  /// Closes the descriptor that was owned before.
  unique_fd& operator=(unique_fd&& other) noexcept {
    unique_fd old{std::exchange(fd_, other.release())};
    return *this;
  }

  ~unique_fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// True if a descriptor is owned.
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// @returns the descriptor, which stays owned, or -1 if there is none
  int get() const noexcept { return fd_; }

  /// Releases ownership. @returns the descriptor, or -1 if there is none; the caller has to close it
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  /// Closes the descriptor now.
  void reset() noexcept { *this = unique_fd{}; }

private:
  int fd_ = -1;
};

}  // namespace bennu
