#include <bennu/pubsub/internal/peer.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace bennu {

namespace {

/// The size of a batch, large enough to make its cost small against that of its messages.
constexpr std::size_t batch_bytes = 256 * 1024;

/// The number of changes that take as many bytes as the whole interest. If there are more, the whole interest is sent.
constexpr std::size_t max_changes = interest_map::bytes / sizeof(std::uint32_t);

/// The window shrinks if acknowledgements take longer than this. More than two round trips of 800 ms.
constexpr std::chrono::seconds slow_confirmation{2};

std::uint32_t change_to(topic_bucket bucket, bool interested) {
  return static_cast<std::uint32_t>(bucket) * 2 + (interested ? 1 : 0);
}

/// Encodes the interest of this node. If it is small, the map is empty, and the buckets follow as changes, because the
/// map alone takes seconds on a slow link.
void append_interest(std::string& records, const interest_map& interest, std::uint64_t change) {
  const auto few = interest.list(max_changes);
  if (!few) return append(records, record_interest{change, interest.bits()});
  append(records, record_interest{change, {}});
  if (few->empty()) return;
  std::vector<std::uint32_t> changes;
  for (const auto bucket : *few) changes.push_back(change_to(bucket, true));
  append(records, change, changes);
}

}  // namespace

void peer::open(std::shared_ptr<const std::function<void()>> wake) {
  peer fresh;
  fresh.info = std::move(info);
  fresh.at_ = stage::opening;
  fresh.wake_ = std::move(wake);
  fresh.owes_map_ = true;
  *this = std::move(fresh);
}

void peer::close() {
  peer closed;
  closed.info = std::move(info);
  closed.info.lost_messages += outbox_.size();
  closed.info.unconfirmed_messages += sent_messages_ - confirmed_messages_;
  closed.info.waiting_messages = 0;
  closed.info.state = node_state::connecting;
  closed.info.id.incarnation = 0;
  *this = std::move(closed);
}

// -- messages ---------------------------------------------------------------------------------------------------------

bool peer::put(const bytes& message, const limits& l, std::size_t max_bytes, clock::time_point now) {
  if (message->size() > max_bytes || outbox_.size() >= l.max_node_outbox_messages ||
      outbox_bytes_ + message->size() > l.max_node_outbox_bytes) {
    ++info.lost_messages;
    owes_drop_ = true;
    return false;
  }
  outbox_.push_back({message, now});
  outbox_bytes_ += message->size();
  info.waiting_messages = outbox_.size();
  return true;
}

std::size_t peer::drop_old(const limits& l, clock::time_point now) {
  std::size_t dropped = 0;
  for (; !outbox_.empty() && now - outbox_.front().since > l.max_node_lag; ++dropped) {
    outbox_bytes_ -= outbox_.front().message->size();
    outbox_.pop_front();
  }
  info.lost_messages += dropped;
  owes_drop_ |= dropped > 0;
  info.waiting_messages = outbox_.size();
  return dropped;
}

std::chrono::milliseconds peer::lag(clock::time_point now) const noexcept {
  const auto since = !in_flight_.empty() ? in_flight_.front().since : !outbox_.empty() ? outbox_.front().since : now;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
}

void peer::note_sent(clock::time_point since) {
  if (in_flight_.empty() || in_flight_.back().since != since) in_flight_.push_back({0, since});
  in_flight_.back().bytes = sent_bytes_;
}

void peer::received(std::size_t messages, std::size_t message_bytes) {
  info.received_messages += messages;
  info.received_bytes += message_bytes;
  received_messages_ += messages;
  received_bytes_ += message_bytes;
  owes_confirmation_ = true;
}

void peer::confirmed(const record_confirmed& record, const limits& l, clock::time_point now) noexcept {
  const auto before = confirmed_bytes_;
  const bool is_slow = lag(now) > slow_confirmation;
  confirmed_bytes_ = std::min(std::max(confirmed_bytes_, record.bytes), sent_bytes_);
  confirmed_messages_ = std::min(std::max(confirmed_messages_, record.messages), sent_messages_);
  change_confirmed_ = std::max(change_confirmed_, record.change);
  while (!in_flight_.empty() && in_flight_.front().bytes <= confirmed_bytes_) in_flight_.pop_front();
  if (confirmed_bytes_ == before) return;
  const auto most = std::max(l.max_node_window_bytes, min_window_bytes);
  window_bytes_ = is_slow ? std::max(window_bytes_ / 2, min_window_bytes)
                          : std::min(window_bytes_ + (confirmed_bytes_ - before), most);
}

// -- interest ---------------------------------------------------------------------------------------------------------

void peer::set_interest(const record_interest& record) {
  interest_.assign(record.bits);
  change_received_ = record.number;
  owes_confirmation_ = true;
}

void peer::change_interest(const record_interest_changes& record) {
  for (std::size_t i = 0; i < record.changes.size(); i += sizeof(std::uint32_t)) {
    std::uint32_t one = 0;
    std::memcpy(&one, record.changes.data() + i, sizeof one);
    if (one / 2 < topic_buckets) interest_.set(static_cast<topic_bucket>(one / 2), one % 2 != 0);
  }
  change_received_ = record.number;
  owes_confirmation_ = true;
}

void peer::announce_interest(topic_bucket bucket, bool interested) {
  if (owes_map_) return;
  changes_.push_back(change_to(bucket, interested));
  if (changes_.size() <= max_changes) return;
  changes_.clear();
  owes_map_ = true;
}

// -- the next batch ---------------------------------------------------------------------------------------------------

bool peer::has_something(const limits& l) const noexcept {
  if (!has_link()) return false;
  if (owes_map_ || owes_confirmation_ || owes_drop_ || !changes_.empty() || !news_.empty()) return true;
  if (at_ == stage::opening) return false;
  if (!outbox_.empty()) return has_window(l);
  return at_ == stage::leaving;
}

std::shared_ptr<const std::function<void()>> peer::to_wake(const limits& l) {
  if (!asleep_ || !has_something(l)) return nullptr;
  asleep_ = false;
  return wake_;
}

bool peer::take(batch& into, const limits& l, const interest_map& announced, std::uint64_t change) {
  if (!has_something(l)) {
    asleep_ = true;
    return false;
  }
  if (owes_map_) {
    append_interest(into.records, announced, change);
  } else if (!changes_.empty()) {
    append(into.records, change, changes_);
  }
  owes_map_ = false;
  changes_.clear();
  if (std::exchange(owes_confirmation_, false)) {
    append(into.records, record_confirmed{received_bytes_, received_messages_, change_received_});
  }
  if (std::exchange(owes_drop_, false)) append(into.records, record_dropped{});
  for (const auto& about : std::exchange(news_, {})) append(into.records, record_node{about});
  if (at_ != stage::opening) take_messages(into, l);
  return true;
}

void peer::take_messages(batch& into, const limits& l) {
  for (std::size_t size = 0; !outbox_.empty() && size < batch_bytes && has_window(l);) {
    auto [next, since] = std::move(outbox_.front());
    outbox_.pop_front();
    const auto length = next->size();
    size += length;
    outbox_bytes_ -= length;
    sent_bytes_ += length;
    ++sent_messages_;
    note_sent(since);
    info.sent_bytes += length;
    ++info.sent_messages;
    into.messages.push_back(std::move(next));
  }
  info.waiting_messages = outbox_.size();
  if (at_ == stage::leaving && outbox_.empty()) {
    into.leaves = true;
    at_ = stage::left;
  }
}

}  // namespace bennu
