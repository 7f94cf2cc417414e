#include <bennu/transport/internal/outgoing_response.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bennu {

namespace {

/// Smaller parts are copied behind the one before: that costs less memory and time than a part by itself.
constexpr std::size_t least_part_bytes = 1024;

/// Written parts are removed once there are at least this many, and half of all were written.
constexpr std::size_t compact_after = 64;

/// The largest text that grows. A client that reads more slowly than it is written to gets another part.
constexpr std::size_t full_part_bytes = 16 * 1024;

}  // namespace

void outgoing_response::add(std::string_view bytes) {
  if (bytes.empty()) return;
  if (first_ == parts_.size() || parts_.back().own.empty() || parts_.back().own.size() >= full_part_bytes) {
    parts_.push_back({std::string{bytes}, {}});
  } else {
    parts_.back().own += bytes;
  }
  bytes_ += bytes.size();
}

void outgoing_response::add(response_part part) {
  const auto size = part.bytes().size();
  if (size < least_part_bytes) return add(part.bytes());
  parts_.push_back(std::move(part));
  bytes_ += size;
}

outgoing_response::result outgoing_response::write_to(stream& client, std::span<char> scratch) {
  while (bytes_ > 0) {
    const auto n = client.write(next(scratch));
    if (n < 0 && errno == EAGAIN) return result::blocked;
    if (n < 0 && errno != EINTR) return result::failed;
    if (n > 0) remove(static_cast<std::size_t>(n));
  }
  if (const auto of_file = write_file_to(client); of_file != result::sent) return of_file;
  return client.flush() ? result::sent : result::blocked;
}

/// The bytes to write next: the rest of the first part if it is alone or fills the scratch memory; otherwise as many
/// parts as fit, copied there.
std::string_view outgoing_response::next(std::span<char> scratch) const noexcept {
  auto part = parts_[first_].bytes().substr(offset_);
  if (part.size() == bytes_ || part.size() >= scratch.size()) return part;
  std::size_t filled = 0;
  for (auto i = first_;;) {
    const auto n = std::min(part.size(), scratch.size() - filled);
    std::memcpy(scratch.data() + filled, part.data(), n);
    filled += n;
    if (++i == parts_.size() || filled == scratch.size()) return {scratch.data(), filled};
    part = parts_[i].bytes();
  }
}

void outgoing_response::remove(std::size_t written) noexcept {
  bytes_ -= written;
  if (bytes_ == 0) {
    parts_ = {};
    first_ = offset_ = 0;
    return;
  }
  offset_ += written;
  while (offset_ >= parts_[first_].bytes().size()) {
    offset_ -= parts_[first_].bytes().size();
    parts_[first_++] = {};
  }
  if (first_ < compact_after || first_ * 2 < parts_.size()) return;
  parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

outgoing_response::result outgoing_response::write_file_to(stream& client) {
  while (file_left_ > 0) {
    const auto n = client.write_file(file_.get(), file_left_);
    if (n < 0 && errno == EAGAIN) return result::blocked;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return result::failed;  // the file shrank: the promised length cannot be kept
    file_left_ -= static_cast<std::uint64_t>(n);
  }
  file_.reset();
  return result::sent;
}

}  // namespace bennu
