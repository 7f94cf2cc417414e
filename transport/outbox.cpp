#include <bennu/transport/outbox.hpp>

#include <algorithm>
#include <cstring>

namespace bennu {

namespace {

/// Places kept for the next turn's frames; more are given back.
constexpr std::size_t kept_capacity = 8;

/// Written frames are dropped from the front once there are so many.
constexpr std::size_t compact_after = 64;

}  // namespace

std::size_t outbox::push(ref<const frame> what, const overflow& at_limit, const limits& of) {
  const bool keeps_latest = at_limit.what == overflow::action::keep_latest;
  if (at_limit.what == overflow::action::close || (has_room_for(*what, of) && !(keeps_latest && behind_))) {
    push(std::move(what), at_limit.sender, at_limit.key);
    return 0;
  }
  behind_ = true;
  if (at_limit.what == overflow::action::drop_newest) return 1;
  std::size_t dropped = keeps_latest ? drop_with_key(at_limit.sender, at_limit.key) : 0;
  push(std::move(what), at_limit.sender, at_limit.key);
  while (must_shed(of) && drop_oldest_of(at_limit.sender)) ++dropped;
  return dropped;
}

std::size_t outbox::drop_with_key(std::uint64_t sender, std::uint64_t key) noexcept {
  const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(first_ + under_way());
  const auto rest = std::remove_if(from, entries_.end(), [&](const entry& e) {
    if (e.sender != sender || e.key != key) return false;
    bytes_ -= wire(e).size();
    return true;
  });
  const auto dropped = static_cast<std::size_t>(entries_.end() - rest);
  entries_.erase(rest, entries_.end());
  return dropped;
}

/// What is dropped is most often near the front: it is what lies before it that moves. The newest stays.
bool outbox::drop_oldest_of(std::uint64_t sender) noexcept {
  const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(first_);
  const auto begin = first + static_cast<std::ptrdiff_t>(under_way());
  const auto newest = entries_.end() - 1;
  const auto found = std::find_if(begin, newest, [&](const entry& e) { return e.sender == sender; });
  if (found == newest) return false;
  bytes_ -= wire(*found).size();
  std::move_backward(first, found, found + 1);
  entries_[first_++].what = nullptr;
  compact();
  return true;
}

std::string_view outbox::next(char* scratch, std::size_t scratch_size) const noexcept {
  if (empty()) return {};
  const auto head = wire(entries_[first_]).substr(offset_);
  if (head.size() == bytes_ || head.size() >= scratch_size) return head;
  std::size_t filled = 0;
  auto part = head;
  for (auto i = first_;;) {
    const auto n = std::min(part.size(), scratch_size - filled);
    std::memcpy(scratch + filled, part.data(), n);
    filled += n;
    if (++i == entries_.size() || filled == scratch_size) break;
    part = wire(entries_[i]);
  }
  return {scratch, filled};
}

std::size_t outbox::advance(std::size_t written) noexcept {
  const auto before = messages();
  bytes_ -= written;
  if (bytes_ == 0) {
    clear();
    return before;
  }
  for (auto left = written + std::exchange(offset_, 0); left > 0;) {
    const auto size = wire(entries_[first_]).size();
    if (left < size) {
      offset_ = left;
      break;
    }
    left -= size;
    entries_[first_++].what = nullptr;
  }
  const auto after = messages();
  compact();
  return before - after;
}

void outbox::pop(std::size_t count) noexcept {
  for (; count > 0; --count) {
    bytes_ -= wire(entries_[first_]).size();
    entries_[first_++].what = nullptr;
  }
  held_ = 0;
  if (bytes_ == 0) return clear();
  compact();
}

void outbox::compact() noexcept {
  if (first_ < compact_after || first_ * 2 < entries_.size()) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

void outbox::drop_waiting() noexcept {
  const auto kept = under_way();
  if (kept == 0) return clear();
  while (messages() > kept) {
    bytes_ -= wire(entries_.back()).size();
    entries_.pop_back();
  }
}

void outbox::clear() noexcept {
  entries_.clear();
  if (entries_.capacity() > kept_capacity) entries_.shrink_to_fit();
  first_ = offset_ = bytes_ = held_ = 0;
  behind_ = false;
}

}  // namespace bennu
