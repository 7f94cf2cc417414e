#include <bennu/pubsub/history/history_log.hpp>

#include <algorithm>
#include <utility>
#include <variant>

// The part of a log that a reader asks for, and the judgement if it is all of it.
namespace bennu {

history_log::selection history_log::select(const history_request& wanted, const client_session& reader,
                                           std::size_t most, std::chrono::milliseconds now) {
  trim(now);
  if (std::holds_alternative<history_request::from_now>(wanted.wanted)) return {history_loss::none, end() + 1};
  if (const auto* since = std::get_if<history_request::since>(&wanted.wanted)) {
    if (const auto where = parse_position(since->position)) return select_since(*where, reader, most, now);
  }
  if (const auto* last = std::get_if<history_request::last>(&wanted.wanted)) {
    return select_last(last->count, reader, most);
  }
  if (const auto* within = std::get_if<history_request::within>(&wanted.wanted)) {
    const auto from = within->age < now ? now - within->age : std::chrono::milliseconds{0};
    return select_within(from, reader, most);
  }
  return {history_loss::unknown, end() + 1};
}

/// True if the position is of a time at which positions did not name the stream any more, because it was silent. All
/// nodes had its messages then, unless some of them were out of reach of each other.
bool history_log::was_left_out(const stream& of, const position& where) const noexcept {
  if (apart_ != nullptr && apart_->covers(where.stamp - node_skew)) return false;
  return of.last_time + keeps_.age + node_skew <= where.stamp;
}

/// The reason why messages after a position may be missing here; `none` if there is no such reason.
history_loss history_log::judge(const position& where) const {
  if (where.topic != topic_tag_ || where.streams.empty()) return history_loss::unknown;
  auto result = where.stamp <= dropped_stream_ ? history_loss::expired : history_loss::none;
  for (const auto& one : where.streams) {
    const auto* const known = find_stream(one.stream);
    const bool is_forgotten = known == nullptr && where.stamp <= forgotten_;
    if (!is_forgotten && (known == nullptr || one.seq > known->have)) return history_loss::unknown;
    if (is_forgotten || one.seq < known->low) result = history_loss::expired;
  }
  for (const auto& known : streams_) {
    if (known.low == 0 || where.in(known.id) || was_left_out(known, where)) continue;
    result = history_loss::expired;
  }
  return result == history_loss::none && where.partial ? history_loss::limit : result;
}

history_log::selection history_log::select_since(const position& where, const client_session& reader, std::size_t most,
                                                 std::chrono::milliseconds now) const {
  const auto loss = judge(where);
  if (loss == history_loss::unknown) return {loss, end() + 1};
  selection from{loss, gone_ + 1};
  for (const auto& known : streams_) {
    const auto seq = where.in(known.id);
    if (seq || was_left_out(known, where)) from.seen.push_back({known.id, seq.value_or(known.have)});
  }
  auto found = newest(std::move(from), reader, most);
  const auto before = places_after(found.first - 1, now);
  const bool is_all_before = std::all_of(found.seen.begin(), found.seen.end(), [&](const position::place& one) {
    return one.seq == 0 || covers(before, one.stream, one.seq) || find_stream(one.stream)->low >= one.seq;
  });
  if (is_all_before) found.seen.clear();
  return found;
}

history_log::selection history_log::select_last(std::size_t count, const client_session& reader,
                                                std::size_t most) const {
  auto found = newest({history_loss::none, gone_ + 1}, reader, std::min(count, most));
  if (found.count == count) {
    if (found.loss == history_loss::limit) found.loss = history_loss::none;
  } else if (found.loss == history_loss::none && gone_ > 0) {
    found.loss = history_loss::expired;
  }
  return found;
}

history_log::selection history_log::select_within(std::chrono::milliseconds from, const client_session& reader,
                                                  std::size_t most) const {
  const auto first = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.time >= from; });
  const bool some_are_gone = gone_ > 0 && gone_time_ >= from;
  return newest({some_are_gone ? history_loss::expired : history_loss::none,
                 gone_ + 1 + static_cast<std::uint64_t>(first - entries_.begin())},
                reader, most);
}

history_log::selection history_log::select_from(std::uint64_t first, const client_session& reader, std::size_t most,
                                                std::chrono::milliseconds now) {
  trim(now);
  return newest({first <= gone_ ? history_loss::expired : history_loss::none, std::max(first, gone_ + 1)}, reader,
                most);
}

/// Chooses the newest of the messages of a selection, `most` at most. The first one is not of the reader itself, so
/// that the position before it stands for those of the reader.
history_log::selection history_log::newest(selection from, const client_session& reader, std::size_t most) const {
  selection found{from.loss, end() + 1, 0, std::move(from.seen)};
  for (auto number = end(); number >= from.first; --number) {
    const auto& one = *find(number);
    if (covers(found.seen, one.stream, one.seq) || reader.has_sent(one.session, one.stream, one.seq)) continue;
    const bool is_full = found.count == most;
    if (found.loss == history_loss::none && (is_full || one.is_gap)) {
      found.loss = is_full ? history_loss::limit : history_loss::expired;
    }
    if (is_full) break;
    if (one.is_gap) continue;
    ++found.count;
    found.first = number;
  }
  return found;
}

}  // namespace bennu
