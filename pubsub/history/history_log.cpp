#include <bennu/pubsub/history/history_log.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace bennu {

namespace {

/// About the memory of an entry, of its broadcast without names and payload, and of its position.
constexpr std::size_t bytes_of_entry = 200;

std::size_t bytes_of(const json& value) {
  std::size_t bytes = sizeof value;
  if (const auto* text = value.if_string()) {
    bytes += text->size();
  } else if (const auto* elements = value.if_array()) {
    for (const auto& one : *elements) bytes += bytes_of(one);
  } else if (const auto* members = value.if_object()) {
    for (const auto& [name, member] : *members) bytes += sizeof(std::string) + name.size() + bytes_of(member);
  } else if (const auto* digits = value.if_digits()) {
    bytes += digits->size();
  }
  return bytes;
}

std::size_t bytes_of(const broadcast& message) {
  const auto* data = message.payload.if_binary();
  const auto payload = data != nullptr ? data->data.size() : bytes_of(*message.payload.if_json());
  return bytes_of_entry + message.topic.size() + message.event.size() + payload;
}

}  // namespace

history_log::history_log(std::string_view topic, const history_options& keeps, std::shared_ptr<history_budget> budget,
                         std::chrono::milliseconds forgotten)
    : topic_tag_(position::tag_of(topic)), keeps_(keeps), budget_(std::move(budget)), forgotten_(forgotten) {}

// -- messages ---------------------------------------------------------------------------------------------------------

void history_log::append(ref<shared_broadcast> message, std::uint64_t session, std::chrono::milliseconds now) {
  last_time_ = std::max(last_time_, now);
  const auto bytes = bytes_of(message->value());
  message->set_place(std::make_unique<history_place>(end() + 1, position_after(end() + 1, last_time_), budget_, bytes));
  entries_.push_back({std::move(message), session, last_time_, bytes});
  bytes_ += bytes;
  while (entries_.size() > keeps_.messages || bytes_ > keeps_.bytes) drop_first();
  trim(last_time_);
}

const history_log::entry* history_log::find(std::uint64_t seq) const noexcept {
  return seq > gone_ && seq <= end() ? &entries_[seq - gone_ - 1] : nullptr;
}

std::string history_log::position_after(std::uint64_t seq, std::chrono::milliseconds now) const {
  return to_text({topic_tag_, std::chrono::duration_cast<std::chrono::seconds>(now), {{stream_, seq}}});
}

void history_log::trim(std::chrono::milliseconds now) {
  while (!entries_.empty() && entries_.front().time + keeps_.age < now) drop_first();
}

void history_log::clear() noexcept {
  while (!entries_.empty()) drop_first();
}

void history_log::drop_first() noexcept {
  gone_time_ = entries_.front().time;
  bytes_ -= entries_.front().bytes;
  ++gone_;
  entries_.pop_front();
}

// -- reading ----------------------------------------------------------------------------------------------------------

history_log::selection history_log::select(const history_request& wanted, const client_session& reader,
                                           std::size_t most, std::chrono::milliseconds now) {
  trim(now);
  const selection nothing{history_loss::unknown, end() + 1};
  if (std::holds_alternative<history_request::from_now>(wanted.wanted)) return {history_loss::none, end() + 1};
  if (const auto* since = std::get_if<history_request::since>(&wanted.wanted)) {
    const auto where = parse_position(since->position);
    return where ? select_since(*where, reader, most) : nothing;
  }
  if (const auto* last = std::get_if<history_request::last>(&wanted.wanted)) {
    auto found = newest(gone_ + 1, history_loss::none, reader, std::min(last->count, most));
    const bool has_more = std::exchange(found.loss, history_loss::none) == history_loss::limit;
    if (last->count > most && has_more) {
      found.loss = history_loss::limit;
    } else if (found.count < last->count && gone_ > 0) {
      found.loss = history_loss::expired;
    }
    return found;
  }
  if (const auto* within = std::get_if<history_request::within>(&wanted.wanted)) {
    const auto from = within->age < now ? now - within->age : std::chrono::milliseconds{0};
    const auto first =
        std::partition_point(entries_.begin(), entries_.end(), [&](const entry& e) { return e.time < from; });
    const bool some_are_gone = gone_ > 0 && gone_time_ >= from;
    return newest(gone_ + 1 + static_cast<std::uint64_t>(first - entries_.begin()),
                  some_are_gone ? history_loss::expired : history_loss::none, reader, most);
  }
  return nothing;
}

history_log::selection history_log::select_since(const position& where, const client_session& reader,
                                                 std::size_t most) const {
  const auto seen = where.in(stream_);
  if (where.topic != topic_tag_ || seen > end()) return {history_loss::unknown, end() + 1};
  if (!seen) {
    if (where.stamp > forgotten_) return {history_loss::unknown, end() + 1};
    return newest(gone_ + 1, history_loss::expired, reader, most);
  }
  const auto loss = *seen < gone_ ? history_loss::expired : where.partial ? history_loss::limit : history_loss::none;
  return newest(std::max(*seen, gone_) + 1, loss, reader, most);
}

history_log::selection history_log::select_from(std::uint64_t first, const client_session& reader, std::size_t most,
                                                std::chrono::milliseconds now) {
  trim(now);
  return newest(std::max(first, gone_ + 1), first <= gone_ ? history_loss::expired : history_loss::none, reader, most);
}

/// Chooses the newest messages from number `first` on, `most` at most. The first one is not of the reader itself, so
/// that the position before it stands for those of the reader.
/// @param loss the reason why messages before `first` are missing already
history_log::selection history_log::newest(std::uint64_t first, history_loss loss, const client_session& reader,
                                           std::size_t most) const {
  selection found{loss, end() + 1};
  for (auto seq = end(); seq >= first; --seq) {
    if (reader.has_sent(find(seq)->session, stream_, seq)) continue;
    if (found.count == most) {
      if (loss == history_loss::none) found.loss = history_loss::limit;
      break;
    }
    ++found.count;
    found.first = seq;
  }
  return found;
}

}  // namespace bennu
