#include <bennu/pubsub/history/history_log.hpp>

#include <algorithm>
#include <utility>

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

template <class List>
auto place_in(List& streams, stream_id id) noexcept {
  return std::lower_bound(streams.begin(), streams.end(), id,
                          [](const history_log::stream& one, stream_id of) { return one.id < of; });
}

}  // namespace

history_log::history_log(std::string_view topic, const history_options& keeps, std::shared_ptr<history_budget> budget,
                         std::chrono::milliseconds forgotten, std::shared_ptr<const separation> apart)
    : topic_tag_(position::tag_of(topic)),
      keeps_(keeps),
      budget_(std::move(budget)),
      apart_(std::move(apart)),
      forgotten_(forgotten),
      streams_{{own_}} {}

// -- streams ----------------------------------------------------------------------------------------------------------

const history_log::stream* history_log::find_stream(stream_id id) const noexcept {
  const auto found = place_in(streams_, id);
  return found != streams_.end() && found->id == id ? &*found : nullptr;
}

history_log::stream& history_log::stream_of(stream_id id) {
  const auto found = place_in(streams_, id);
  return found != streams_.end() && found->id == id ? *found : *streams_.insert(found, {id});
}

void history_log::learn(stream_id of, std::chrono::milliseconds now) {
  if (find_stream(of) == nullptr) stream_of(of).last_time = now;
  forget_streams(now);
}

/// Forgets the streams that no valid position names: positions leave out a stream that has been silent for longer than
/// the age of messages, and expire after that age themselves.
void history_log::forget_streams(std::chrono::milliseconds now) {
  const bool all_can_be_named = apart_ != nullptr && apart_->lasts();
  const auto is_over = [&](const stream& s) {
    return s.id != own_ && s.low == s.have && s.last_time + 2 * keeps_.age + 2 * node_skew < now;
  };
  if (!all_can_be_named) std::erase_if(streams_, is_over);
  while (streams_.size() > max_streams) {
    const auto oldest = std::min_element(streams_.begin(), streams_.end(), [this](const stream& a, const stream& b) {
      return std::pair{a.id == own_ || a.low < a.have, a.last_time} <
             std::pair{b.id == own_ || b.low < b.have, b.last_time};
    });
    dropped_stream_ = std::max(dropped_stream_, now);
    streams_.erase(oldest);
  }
}

// -- messages ---------------------------------------------------------------------------------------------------------

void history_log::append(ref<shared_broadcast> message, std::uint64_t session, std::chrono::milliseconds now) {
  const auto time = std::max(last_time_, now);
  append({std::move(message), session, time, 0, own_, stream_of(own_).have + 1}, time);
}

bool history_log::connects(stream_id of, std::uint64_t seq) const noexcept {
  const auto* const known = find_stream(of);
  return seq == (known != nullptr ? known->have : 0) + 1;
}

void history_log::append(entry next, std::chrono::milliseconds now) {
  last_time_ = std::max(last_time_, now);
  next.bytes = bytes_of(next.message->value());
  auto& of = stream_of(next.stream);
  const auto before = of;
  of.have = next.seq;
  of.last_time = std::max(of.last_time, next.time);
  try {
    next.message->set_place(std::make_unique<history_place>(
        end() + 1, text_of(places_after(end() + 1, now), last_time_), budget_, next.bytes));
    bytes_ += next.bytes;
    entries_.push_back(std::move(next));
  } catch (...) {
    of = before;
    throw;
  }
  while (entries_.size() > keeps_.messages || bytes_ > keeps_.bytes) drop_first();
  trim(last_time_);
}

const history_log::entry* history_log::find(std::uint64_t number) const noexcept {
  return number > gone_ && number <= end() ? &entries_[number - gone_ - 1] : nullptr;
}

void history_log::trim(std::chrono::milliseconds now) {
  while (!entries_.empty() && entries_.front().time + keeps_.age < now) drop_first();
  forget_streams(now);
}

void history_log::clear() noexcept {
  while (!entries_.empty()) drop_first();
}

void history_log::drop_first() noexcept {
  const auto& first = entries_.front();
  gone_time_ = std::max(gone_time_, first.time);
  const auto of = place_in(streams_, first.stream);
  if (of != streams_.end() && of->id == first.stream) {
    of->low = first.seq;
    of->low_time = first.time;
  }
  bytes_ -= first.bytes;
  ++gone_;
  entries_.pop_front();
}

// -- positions --------------------------------------------------------------------------------------------------------

/// The places in all streams that a position names: not in those that have been silent for long, unless a node is out
/// of reach, which may not know them. A stream without messages is named only if there is no other one.
history_log::places history_log::places_after(std::uint64_t number, std::chrono::milliseconds now) const {
  if (const auto* const at = number < end() ? find(number) : nullptr) {
    return parse_position(at->message->place()->position)->streams;
  }
  places result;
  const bool names_all = apart_ != nullptr && apart_->lasts();
  for (const auto& one : streams_) {
    const auto seq = number > gone_ ? one.have : one.low;
    const bool is_silent = one.last_time + keeps_.age + 2 * node_skew < now;
    if (seq > 0 && (names_all || !is_silent)) result.push_back({one.id, seq});
  }
  if (!result.empty()) return result;
  const auto& own = *find_stream(own_);
  return {{own_, number > gone_ ? own.have : own.low}};
}

std::string history_log::text_of(places seen, std::chrono::milliseconds now) const {
  return to_text({topic_tag_, std::chrono::duration_cast<std::chrono::seconds>(now), std::move(seen)});
}

std::string history_log::position_after(std::uint64_t number, std::chrono::milliseconds now) const {
  return text_of(places_after(number, now), now);
}

std::string history_log::position_after(std::uint64_t number, const places& seen, std::chrono::milliseconds now) const {
  auto all = places_after(number, now);
  raise(all, seen);
  return text_of(std::move(all), now);
}

}  // namespace bennu
