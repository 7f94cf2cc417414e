#include <bennu/pubsub/history/topic_log.hpp>

#include <algorithm>

// The log beside those of other nodes: messages that they broadcast, and answers to questions.
namespace bennu {

namespace {

/// The event that stands in the place of messages that no node has any more.
ref<shared_broadcast> gap_in(const std::string& topic) {
  json lost{{"recovered", false}, {"reason", to_string(history_loss::expired)}, {"missed", nullptr}};
  return make_ref<shared_broadcast>(broadcast{topic, "$history", std::move(lost)});
}

std::uint64_t have_in(const history_log& log, stream_id of) noexcept {
  const auto* const known = log.find_stream(of);
  return known != nullptr ? known->have : 0;
}

}  // namespace

bool topic_log::is_settled() const { return is_settled(*state_.lock()); }

bool topic_log::when_settled(std::function<void()> then) {
  const auto locked = state_.lock();
  if (is_settled(*locked)) return true;
  locked->nodes.waiting.push_back(std::move(then));
  return false;
}

// -- messages of other nodes ------------------------------------------------------------------------------------------

/// Subscribers without history get the message in any case: it comes from the node that has broadcast it, so only once.
bool topic_log::receive(const ref<shared_broadcast>& message, const remote_place& from, std::chrono::milliseconds now,
                        const wake_function& wake) {
  const auto locked = state_.lock();
  make_room(*locked);
  auto& log = locked->log;
  history_log::entry next{message, from.session, now, message->value().topic.size(), from.stream, from.seq};
  if (log.connects(from.stream, from.seq)) {
    log.append(std::move(next), now);
    send(*locked, {message, actor_id::none}, no_loop, wake);
    append_held(*locked, false, now, wake);
    return true;
  }
  send(*locked, {message, actor_id::none, recipients::without_history}, no_loop, wake);
  if (from.seq <= have_in(log, from.stream)) return true;
  auto& nodes = locked->nodes;
  if (nodes.at == progress::serving && nodes.held.is_empty(log)) nodes.all_were_asked = false;
  nodes.held.add(std::move(next));
  return false;
}

/// Appends what is held, as far as it connects.
/// @param with_gaps true if what is missing can be had from no node
void topic_log::append_held(state& in, bool with_gaps, std::chrono::milliseconds now, const wake_function& wake) {
  for (auto next = in.nodes.held.next(in.log, with_gaps); next; next = in.nodes.held.next(in.log, with_gaps)) {
    make_room(in);
    // A message that was delivered to subscribers without history has no place yet; each log has its own.
    auto message = next->is_gap ? gap_in(topic_) : make_ref<shared_broadcast>(broadcast{next->message->value()});
    next->message = message;
    in.log.append(std::move(*next), now);
    send(in, {std::move(message), actor_id::none, recipients::with_history}, no_loop, wake);
  }
}

// -- questions and answers --------------------------------------------------------------------------------------------

void topic_log::await(const std::vector<std::string>& nodes, bool all) {
  const auto locked = state_.lock();
  locked->nodes.awaited.insert(nodes.begin(), nodes.end());
  if (all) locked->nodes.all_were_asked = true;
}

/// A fresh log takes nothing before all nodes have answered, so that it is in the order of time.
void topic_log::take_part(history_message::part&& part, std::chrono::milliseconds now, const wake_function& wake) {
  const auto locked = state_.lock();
  auto& log = locked->log;
  auto& nodes = locked->nodes;
  if (nodes.at == progress::serving && nodes.held.is_empty(log)) nodes.all_were_asked = false;
  for (const auto& one : part.streams) {
    if (one.have == 0) {
      log.learn(one.id, now);
    } else if (part.is_last) {
      nodes.held.claim(one.id, one.have, std::max(now - one.age, std::chrono::milliseconds{0}));
    }
  }
  for (auto& one : part.messages) {
    const auto time = std::max(now - one.age, std::chrono::milliseconds{0});
    nodes.held.add({std::move(one.content), one.session, time, one.bytes, one.stream, one.seq});
  }
  if (nodes.at == progress::serving) append_held(*locked, false, now, wake);
}

topic_log::outcome topic_log::stop_awaiting(const std::string& node, std::chrono::milliseconds now,
                                            const wake_function& wake) {
  const auto locked = state_.lock();
  auto& nodes = locked->nodes;
  nodes.awaited.erase(node);
  const bool is_asked = nodes.at == progress::serving || nodes.all_were_asked;
  if (!nodes.awaited.empty() || !is_asked) return {};
  if (!nodes.held.is_empty(locked->log)) {
    const bool is_resolved = nodes.all_were_asked;
    if (is_resolved) append_held(*locked, true, now, wake);
    // The others are asked once more: they learn from that question what this node has now.
    if (!is_resolved || nodes.at == progress::serving) return {{}, true};
  }
  nodes.at = progress::serving;
  return {std::exchange(nodes.waiting, {}), false};
}

std::vector<position::place> topic_log::known() const {
  const auto locked = state_.lock();
  std::vector<position::place> result;
  for (const auto& one : locked->log.streams()) result.push_back({one.id, one.have});
  return result;
}

bool topic_log::lacks(const std::vector<position::place>& seen) const {
  const auto locked = state_.lock();
  return std::any_of(seen.begin(), seen.end(), [&](const position::place& one) {
    const auto* const known = locked->log.find_stream(one.stream);
    return known == nullptr || one.seq > known->have;
  });
}

bool topic_log::is_behind(const std::vector<position::place>& other, std::chrono::milliseconds now) {
  const auto locked = state_.lock();
  auto& log = locked->log;
  bool result = false;
  for (const auto& one : other) {
    if (one.seq == 0) log.learn(one.stream, now);
    result |= one.seq > have_in(log, one.stream);
  }
  return result;
}

history_message::part topic_log::beyond(const std::vector<position::place>& have, std::size_t& room,
                                        std::size_t largest, std::chrono::milliseconds now) const {
  const auto locked = state_.lock();
  const auto& log = locked->log;
  history_message::part result{topic_, true, {}, {}};
  const auto is_known = [&](const history_log::stream& s) {
    return std::any_of(have.begin(), have.end(), [&](const position::place& p) { return p.stream == s.id; });
  };
  for (const auto& one : log.streams()) {
    if (covers(have, one.id, one.have) || (one.have == 0 && is_known(one))) continue;
    result.streams.push_back({one.id, one.have, std::max(now - one.low_time, std::chrono::milliseconds{0})});
  }
  for (auto number = log.gone() + 1; number <= log.end(); ++number) {
    const auto& one = *log.find(number);
    if (one.is_gap || covers(have, one.stream, one.seq) || one.bytes > largest) continue;
    if (one.bytes > room) {
      result.is_last = false;
      break;
    }
    room -= one.bytes;
    const auto age = std::max(now - one.time, std::chrono::milliseconds{0});
    result.messages.push_back({one.stream, one.seq, one.session, age, one.bytes, one.message});
  }
  return result;
}

}  // namespace bennu
