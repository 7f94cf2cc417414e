#include <bennu/transport/outbox.hpp>

#include <algorithm>
#include <cstring>

#include <bennu/transport/internal/overflow_index.hpp>

namespace bennu {

namespace {

/// The capacity that is kept for the next turn's messages. More is freed.
constexpr std::size_t kept_capacity = 8;

/// Dropped entries are removed once there are at least this many, and half of all were dropped.
constexpr std::size_t compact_after = 64;

}  // namespace

outbox::outbox(const bennu::limits& of, bool deflate) noexcept : limits_(of), deflate_(deflate) {}

outbox::~outbox() = default;

// -- pushing ----------------------------------------------------------------------------------------------------------

void outbox::push(ref<const frame> message) { append(std::move(message), 0, 0); }

/// @returns the number of dropped messages
std::size_t outbox::push_by_rule(ref<const frame> message, const overflow& rule) {
  const bool keeps_latest = rule.policy == overflow::action::keep_latest;
  if (rule.policy == overflow::action::close || (has_room_for(*message) && !(keeps_latest && behind_))) {
    append(std::move(message), rule.sender, rule.key);
    return 0;
  }
  behind_ = true;
  if (rule.policy == overflow::action::drop_newest) {
    awaited_ = true;
    return 1;
  }
  std::size_t dropped = keeps_latest ? drop_with_key(rule.sender, rule.key) : 0;
  append(std::move(message), rule.sender, rule.key);
  while (must_shed() && drop_oldest_of(rule.sender)) ++dropped;
  if (dropped > 0) awaited_ = true;
  return dropped;
}

// -- dropping ---------------------------------------------------------------------------------------------------------

/// The position after the messages that were sent in part.
std::size_t outbox::first_waiting() const noexcept {
  if (batch_end_ > 0) return batch_end_;
  return offset_ > 0 ? first_ + 1 : first_;
}

bool outbox::waits(std::size_t position) const noexcept {
  return position >= first_waiting() && entries_[position].message;
}

overflow_index& outbox::updated_index() {
  if (index_ == nullptr) index_ = std::make_unique<overflow_index>();
  while (index_->size() < entries_.size()) {
    const auto& e = entries_[index_->size()];
    index_->add(e.message ? e.sender : 0, e.key);
  }
  return *index_;
}

std::size_t outbox::drop_with_key(std::uint64_t sender, std::uint64_t key) {
  const auto& index = updated_index();
  std::size_t dropped = 0;
  for (auto at = index.newest(sender, key); at != overflow_index::none && waits(at); at = index.previous_with_key(at)) {
    drop(at);
    ++dropped;
  }
  compact();
  return dropped;
}

/// Keeps the newest message, for which others are dropped.
bool outbox::drop_oldest_of(std::uint64_t sender) {
  const auto found = updated_index().oldest(sender, [this](std::size_t position) { return waits(position); });
  if (found == overflow_index::none || found == entries_.size() - 1) return false;
  drop(found);
  compact();
  return true;
}

void outbox::drop(std::size_t position) noexcept {
  auto& e = entries_[position];
  bytes_ -= size_of(e);
  e.message = nullptr;
  ++gone_;
  skip_gone();
}

void outbox::drop_waiting() noexcept {
  const auto kept = first_waiting();
  index_.reset();
  for (; entries_.size() > kept; entries_.pop_back()) {
    if (entries_.back().message) {
      bytes_ -= size_of(entries_.back());
    } else {
      --gone_;
    }
  }
  if (bytes_ == 0) clear();
}

// -- leaving ----------------------------------------------------------------------------------------------------------

std::string_view outbox::next(char* scratch, std::size_t scratch_size) const noexcept {
  if (empty()) return {};
  const auto head = wire(*entries_[first_].message).substr(offset_);
  if (head.size() == bytes_ || head.size() >= scratch_size) return head;
  std::size_t filled = 0;
  auto part = head;
  for (std::size_t i = first_;;) {
    const auto n = std::min(part.size(), scratch_size - filled);
    std::memcpy(scratch + filled, part.data(), n);
    filled += n;
    do ++i;
    while (i < entries_.size() && !entries_[i].message);
    if (i == entries_.size() || filled == scratch_size) break;
    part = wire(*entries_[i].message);
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
    const auto size = size_of(entries_[first_]);
    if (left < size) {
      offset_ = static_cast<std::uint32_t>(left);
      break;
    }
    left -= size;
    remove_first();
  }
  const auto after = messages();
  compact();
  return before - after;
}

ref<const frame> outbox::pop() {
  auto first = entries_[first_].message;
  bytes_ -= wire(*first).size();
  remove_first();
  if (bytes_ == 0) {
    clear();
  } else {
    compact();
  }
  return first;
}

std::vector<ref<const frame>> outbox::begin_batch(std::size_t max_bytes) {
  std::vector<ref<const frame>> batch;
  std::size_t bytes = 0;
  std::size_t end = first_;
  for (; end < entries_.size(); ++end) {
    const auto& message = entries_[end].message;
    if (!message) continue;
    bytes += message->payload().size();
    if (!batch.empty() && bytes > max_bytes) break;
    batch.push_back(message);
  }
  batch_end_ = batch.empty() ? 0 : static_cast<std::uint32_t>(end);
  return batch;
}

void outbox::end_batch(bool delivered) noexcept {
  const auto end = std::exchange(batch_end_, 0);
  index_.reset();  // the index does not find messages again that it has passed
  if (!delivered) return;
  while (first_ < end) {
    bytes_ -= size_of(entries_[first_]);
    remove_first();
  }
  if (bytes_ == 0) {
    clear();
  } else {
    compact();
  }
}

void outbox::remove_first() noexcept {
  entries_[first_].message = nullptr;
  ++gone_;
  skip_gone();
}

void outbox::skip_gone() noexcept {
  while (first_ < entries_.size() && !entries_[first_].message) ++first_;
}

void outbox::compact() noexcept {
  if (gone_ < compact_after || gone_ * 2 < entries_.size()) return;
  const auto is_gone = [](const entry& e) { return !e.message; };
  const auto batch_end = entries_.begin() + batch_end_;
  batch_end_ -= static_cast<std::uint32_t>(std::count_if(entries_.begin(), batch_end, is_gone));
  std::erase_if(entries_, is_gone);
  first_ = gone_ = 0;
  index_.reset();
}

void outbox::clear() noexcept {
  entries_.clear();
  if (entries_.capacity() > kept_capacity) entries_.shrink_to_fit();
  index_.reset();
  bytes_ = 0;
  first_ = gone_ = offset_ = batch_end_ = 0;
  behind_ = false;
}

}  // namespace bennu
