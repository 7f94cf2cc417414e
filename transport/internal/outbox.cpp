#include <bennu/transport/internal/outbox.hpp>

#include <algorithm>
#include <cstring>

namespace bennu {

namespace {

/// Places kept for the next turn's frames; more are given back.
constexpr std::size_t kept_capacity = 8;

/// Written frames are dropped from the front once there are so many.
constexpr std::size_t compact_after = 64;

}  // namespace

std::string_view outbox::next(char* scratch, std::size_t scratch_size) const noexcept {
  if (empty()) return {};
  const auto head = wire(*frames_[first_]).substr(offset_);
  if (head.size() == bytes_ || head.size() >= scratch_size) return head;
  std::size_t filled = 0;
  auto part = head;
  for (auto i = first_;;) {
    const auto n = std::min(part.size(), scratch_size - filled);
    std::memcpy(scratch + filled, part.data(), n);
    filled += n;
    if (++i == frames_.size() || filled == scratch_size) break;
    part = wire(*frames_[i]);
  }
  return {scratch, filled};
}

void outbox::advance(std::size_t written) noexcept {
  bytes_ -= written;
  if (bytes_ == 0) return clear();
  for (auto left = written + std::exchange(offset_, 0); left > 0;) {
    const auto size = wire(*frames_[first_]).size();
    if (left < size) {
      offset_ = left;
      break;
    }
    left -= size;
    frames_[first_++] = nullptr;
  }
  if (first_ >= compact_after && first_ * 2 >= frames_.size()) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void outbox::drop_waiting() noexcept {
  if (offset_ == 0) return clear();
  frames_.resize(first_ + 1);
  bytes_ = wire(*frames_[first_]).size() - offset_;
}

void outbox::clear() noexcept {
  frames_.clear();
  if (frames_.capacity() > kept_capacity) frames_.shrink_to_fit();
  first_ = offset_ = bytes_ = 0;
}

}  // namespace bennu
