#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/internal/stream.hpp>
#include <bennu/transport/shared_bytes.hpp>

namespace bennu {

/// A part of an answer: bytes of its own, or shared ones.
struct response_part {
  std::string own = {};
  shared_bytes shared = {};

  std::string_view bytes() const noexcept { return own.empty() ? shared.bytes : std::string_view{own}; }
};

/// The bytes of an answer on their way to a client: its head and the parts of its body, followed by the file.
class outgoing_response {
public:
  /// Adds bytes, which are copied.
  void add(std::string_view bytes);
  /// Adds a part. A large one is not copied.
  void add(response_part part);
  /// Sent after all bytes.
  void add_file(unique_fd file, std::uint64_t size) {
    file_ = std::move(file);
    file_left_ = file_ ? size : 0;
  }

  /// The bytes that are not written yet, without the file's.
  std::size_t bytes() const noexcept { return bytes_; }

  enum class result : std::uint8_t {
    sent,     ///< nothing is left
    blocked,  ///< the kernel accepts no more at the moment
    failed,   ///< the connection has failed
  };

  /// Writes as much as the kernel accepts.
  /// @param scratch memory in which small parts are gathered, because one write is cheaper than many
  result write_to(stream& client, std::span<char> scratch);

private:
  std::string_view next(std::span<char> scratch) const noexcept;
  void remove(std::size_t written) noexcept;
  result write_file_to(stream& client);

  std::vector<response_part> parts_;
  std::size_t first_ = 0;   ///< position of the first part that is not written
  std::size_t offset_ = 0;  ///< number of its bytes that are written
  std::size_t bytes_ = 0;
  unique_fd file_;
  std::uint64_t file_left_ = 0;
};

}  // namespace bennu
