#include <bennu/channels/internal/channel_actor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_history.hpp>

// The history of the topic: the join that asks for it, what is replayed, and the positions of what is live.
namespace bennu {

namespace {

/// The part of a replay that is sent at once. The next part follows when the client has got it.
constexpr std::size_t piece_messages = 128;
constexpr std::size_t piece_bytes = 64 * 1024;

/// True if a position stands for all messages of a list.
bool position_covers(const std::string& text, const std::vector<position::place>& all) {
  const auto streams = parse_position(text)->streams;
  return std::all_of(all.begin(), all.end(),
                     [&](const position::place& one) { return covers(streams, one.stream, one.seq); });
}

metric metric_of(history_loss loss) noexcept {
  switch (loss) {
    case history_loss::unknown:
      return metric::history_unknown;
    case history_loss::expired:
      return metric::history_expired;
    case history_loss::limit:
      return metric::history_limited;
    case history_loss::none:
      break;
  }
  return metric::history_recovered;
}

json to_json(const recovery& answer, const client_session& session) {
  json result{{"at", answer.at}, {"recovered", answer.recovered()}};
  if (!answer.recovered()) result.set("reason", to_string(answer.loss));
  result.set("missed", static_cast<std::int64_t>(answer.missed));
  result.set("session", session.text());
  return result;
}

}  // namespace

// -- the join ---------------------------------------------------------------------------------------------------------

void channel_actor::note_history_request(const payload& params) {
  if (!class_.handlers->history) return;
  auto wanted = history_request_in(params);
  if (!wanted) return;
  history_ = std::make_unique<channel_history>();
  history_->wanted = std::move(*wanted);
  history_->earlier_session = history_session_in(params);
}

std::string channel_actor::history_position() {
  auto* const kept = context_->services.pubsub.history();
  const auto* const keeps = kept != nullptr && class_.handlers->history ? kept->of(topic_.name()) : nullptr;
  if (keeps == nullptr) throw std::logic_error("history_position() is for channels of a class that keeps history");
  const auto now = kept->now();
  auto log = kept->log_of(topic_.name(), *keeps, now);
  auto [text, seq] = log->newest(now);
  if (at_ == life::joining) {
    if (history_ == nullptr) history_ = std::make_unique<channel_history>();
    if (!history_->taken) history_->taken = seq;
    history_->log = std::move(log);
  }
  return std::move(text);
}

std::optional<recovery> channel_actor::recovery() const {
  return history_ != nullptr ? history_->answer : std::nullopt;
}

/// @throws std::logic_error if the answer to the join has no place for the answer to the client's request
void channel_actor::require_history_fits(const payload& body) const {
  const auto* const value = body.if_json();
  if (!history_->wanted || (value != nullptr && value->is_object())) return;
  throw std::logic_error("the client asked for history, so the join must be accepted with an object");
}

/// Chooses the messages that the client gets after the answer to its join. Called when the channel is subscribed: every
/// later message is delivered to it. @returns the answer
payload channel_actor::begin_history(const payload& body) {
  auto& h = *history_;
  auto& kept = *context_->services.pubsub.history();
  const auto now = kept.now();
  h.log = kept.log_of(topic_.name(), *class_.handlers->history, now);
  const auto wanted = h.wanted.value_or(history_request{});
  const bool is_from_now = std::holds_alternative<history_request::from_now>(wanted.wanted);
  const auto from = is_from_now && h.taken ? std::optional{*h.taken + 1} : std::nullopt;
  auto start = h.log->begin(wanted, h.earlier_session, from, context_->limits.max_replayed_messages, now);
  h.session = std::move(start.session);
  h.next = start.first;
  h.seen = std::move(start.seen);
  h.offered = h.answered = start.end;
  h.at = start.first <= start.end ? channel_history::stage::behind : channel_history::stage::live;
  if (!is_from_now || !start.recovered()) context_->services.counts.add(metric_of(start.loss));
  if (!h.wanted) return body;
  h.answer = bennu::recovery{start.loss, start.count, std::move(start.position)};
  auto answered = body.as_json();
  answered.set("history", to_json(*h.answer, h.session));
  return answered;
}

// -- replay -----------------------------------------------------------------------------------------------------------

/// Lets a client that reads too slowly get what is broadcast from now on from the log, once it has read what waits.
void channel_actor::fall_behind_if_slow() {
  const auto& policy = class_.handlers->slow_client;
  auto& h = *history_;
  if (!policy || !policy->catches_up() || !h.wanted || h.at == channel_history::stage::behind) return;
  if (client_.has_room()) return;
  h.fall_behind();
  context_->services.counts.add(metric::slow_clients_behind);
  client_.await_sent();
}

/// Sends the client the next piece of what it has missed. When it has missed nothing more, it is live.
void channel_actor::replay() {
  auto& h = *history_;
  std::size_t bytes = 0;
  while (h.at == channel_history::stage::behind && at_ == life::joined) {
    const auto piece = h.log->piece(h.next, piece_messages);
    if (piece.gone >= h.next) report_loss(piece.gone);
    for (const auto& message : piece.messages) {
      if (bytes >= piece_bytes || !client_.has_room()) return client_.await_sent();
      bytes += replay(h.next, message);
      ++h.next;
    }
    if (!piece.is_last) continue;
    pass_transient(h.offered);
    h.seen.clear();
    h.at = channel_history::stage::live;
  }
}

/// @returns the bytes that the client gets at once
std::size_t channel_actor::replay(std::uint64_t number, const history_log::entry& message) {
  auto& h = *history_;
  pass_transient(number - 1);
  const bool is_told = message.is_gap && (number <= h.answered || !h.wanted);
  if (is_told || h.is_own(message) || covers(h.seen, message.stream, message.seq)) return 0;
  if (!message.is_gap) context_->services.counts.add(metric::history_replayed);
  take(h.seen.empty() ? message.message : beyond_seen(number, message));
  return message.bytes;
}

/// A message for this client alone: its position also stands for what the client has got on another node.
ref<shared_broadcast> channel_actor::beyond_seen(std::uint64_t number, const history_log::entry& message) {
  auto& h = *history_;
  const auto now = context_->services.pubsub.history()->now();
  auto position = h.log->position_after(number, h.seen, now);
  if (position_covers(message.message->place()->position, h.seen)) h.seen.clear();
  auto made = make_ref<shared_broadcast>(bennu::broadcast{message.message->value()});
  made->set_place(std::make_unique<history_place>(number, std::move(position), nullptr, 0));
  return made;
}

/// Sends the messages that are not kept, and were broadcast before the kept one after number `seq`.
void channel_actor::pass_transient(std::uint64_t seq) {
  auto& waiting = history_->transient;
  const auto end = std::partition_point(waiting.begin(), waiting.end(), [&](const auto& w) { return w.first <= seq; });
  std::for_each(waiting.begin(), end, [this](const auto& w) { take(w.second); });
  waiting.erase(waiting.begin(), end);
}

void channel_actor::continue_replay() {
  if (history_ != nullptr && history_->at == channel_history::stage::behind) replay();
}

/// Tells the client that the messages up to number `gone`, which it did not get, are no longer kept.
void channel_actor::report_loss(std::uint64_t gone) {
  auto& h = *history_;
  h.next = gone + 1;
  context_->services.counts.add(metric::history_expired);
  if (!h.wanted) return;
  const auto position = h.log->position_after(gone, h.seen, context_->services.pubsub.history()->now());
  const json lost{{"recovered", false}, {"reason", to_string(history_loss::expired)}, {"missed", nullptr}};
  client_.send(wire_.broadcast({topic_.name(), "$history", lost}, position));
  h.was_told = true;
}

// -- positions --------------------------------------------------------------------------------------------------------

/// True if a broadcast goes to the client together with its position.
bool channel_actor::has_position(const shared_broadcast& message) const noexcept {
  return message.place() != nullptr && history_ != nullptr && history_->wanted.has_value();
}

/// Sends a broadcast and its position. It is never dropped, because the positions of later ones stand for it too.
void channel_actor::pass_with_position(shared_broadcast& message) {
  using form = serializer::form;
  const bool has_place = wire_.has_place_for_position(message.value().payload);
  const auto* const framed = wire_.frame_of(message, has_place ? form::positioned : form::plain);
  if (framed == nullptr) return report_unsendable(message);
  const auto* const position = has_place ? nullptr : wire_.frame_of(message, form::position_alone);
  client_.send(ref<const frame>{framed});
  if (position != nullptr) client_.send(ref<const frame>{position});
  history_->was_told = true;
}

/// Sends the newest position, unless the client got one since the last call. Not while an interceptor has still to
/// handle a broadcast before it.
void channel_actor::on_position(const ref<shared_broadcast>& where) {
  if (history_ == nullptr || !history_->wanted || at_ != life::joined) return;
  if (history_->at == channel_history::stage::behind || intercepted_ > 0) return;
  if (std::exchange(history_->was_told, false)) return;
  client_.send(ref<const frame>{wire_.frame_of(*where, serializer::form::positioned)});
}

/// Holds a push of an interceptor until it is known if it is the last one, which carries the position.
void channel_actor::hold_push(std::string_view event, const payload& content) {
  auto& h = *history_;
  auto positioned = wire_.push(push_ref(), topic_.name(), event, content, h.intercepted->position);
  send_held(false);
  h.held = {std::string{event}, content, std::move(positioned)};
}

/// Sends the push that is held.
/// @param is_last it is the last one of its interceptor, and carries the position
void channel_actor::send_held(bool is_last) {
  if (!history_->held) return;
  const auto push = *std::exchange(history_->held, std::nullopt);
  if (!is_last) return client_.send(wire_.push(push_ref(), topic_.name(), push.event, push.payload));
  client_.send(push.positioned);
  if (!wire_.has_place_for_position(push.payload)) {
    client_.send(wire_.broadcast({topic_.name(), "$position", {}}, history_->intercepted->position));
  }
  history_->was_told = true;
}

/// Calls an interceptor for a broadcast that goes to the client together with its position.
out_result channel_actor::intercept_with_position(const handler_table::out_handler& handler,
                                                  const shared_broadcast& message) {
  history_->intercepted = message.place();
  try {
    auto result = handler(*channel_, message.value().payload);
    send_held(true);
    history_->intercepted = nullptr;
    return result;
  } catch (...) {
    history_->intercepted = nullptr;
    send_held(false);
    throw;
  }
}

}  // namespace bennu
