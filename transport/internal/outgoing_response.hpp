#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/internal/stream.hpp>

namespace bennu {

/// The bytes of an answer on their way to a client: its head and body, followed by the file.
class outgoing_response {
public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  /// Sent after all bytes.
  void add_file(unique_fd file, std::uint64_t size) {
    file_ = std::move(file);
    file_left_ = file_ ? size : 0;
  }

  enum class result : std::uint8_t {
    sent,     ///< nothing is left
    blocked,  ///< the kernel accepts no more at the moment
    failed,   ///< the connection has failed
  };

  /// Writes as much as the kernel accepts.
  result write_to(stream& client);

private:
  result write_file_to(stream& client);

  std::string bytes_;
  std::size_t written_ = 0;
  unique_fd file_;
  std::uint64_t file_left_ = 0;
};

}  // namespace bennu
