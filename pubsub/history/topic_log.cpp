#include <bennu/pubsub/history/topic_log.hpp>

#include <algorithm>

#include <bennu/pubsub/keyed_hash.hpp>

namespace bennu {

topic_log::topic_log(std::string topic, const history_options& keeps, const shared& with)
    : topic_(std::move(topic)),
      hash_(keyed_hash(topic_)),
      options_(keeps),
      memory_(with.budget),
      interest_(with.interest),
      state_(
          state{{topic_, keeps, with.budget, with.forgotten, with.apart},
                std::vector<reader>(with.loops),
                {{keeps.messages, keeps.bytes}, with.has_nodes ? progress::fresh : progress::serving, {}, false, {}}}) {
  memory_.add(sizeof *this + topic_.size() + with.loops * sizeof(reader));
}

void topic_log::keep(const ref<shared_broadcast>& message, actor_id except, std::uint64_t session,
                     std::chrono::milliseconds now, std::size_t own, const wake_function& wake,
                     const send_function& send_to_nodes) {
  const auto locked = state_.lock();
  make_room(*locked);
  auto& log = locked->log;
  log.append(message, session, now);
  use(now);
  // Before this node's subscribers, so that their answers are sent after the message.
  if (send_to_nodes) send_to_nodes({log.own(), log.find_stream(log.own())->have, session});
  send(*locked, {message, except}, own, wake);
}

void topic_log::pass(delivery message, std::size_t own, const wake_function& wake) {
  const auto locked = state_.lock();
  make_room(*locked);
  send(*locked, message, own, wake);
}

/// Makes room for one message more for each reader: once it is kept, memory is not refused to any of them.
void topic_log::make_room(state& in) {
  constexpr std::size_t least = 8;
  for (auto& one : in.readers) {
    auto& waiting = one.waiting;
    if (one.at == stage::absent || waiting.size() < waiting.capacity()) continue;
    waiting.reserve(std::max(least, 2 * waiting.size()));
  }
}

/// A reader counts as woken only once it is: if memory is refused, the next message wakes it.
void topic_log::send(state& to, const delivery& message, std::size_t own, const wake_function& wake) {
  std::vector<std::size_t> sleeping;
  for (std::size_t i = 0; i < to.readers.size(); ++i) {
    auto& one = to.readers[i];
    if (one.at == stage::absent) continue;
    one.waiting.push_back(message);
    if (one.at == stage::idle && i != own) sleeping.push_back(i);
  }
  wake(sleeping);
  for (const auto i : sleeping) to.readers[i].at = stage::woken;
}

std::vector<topic_log::delivery> topic_log::take(std::size_t loop, bool first) {
  const auto locked = state_.lock();
  auto& one = locked->readers[loop];
  if (one.at == stage::absent || (first && one.at == stage::delivering)) return {};
  one.at = one.waiting.empty() ? stage::idle : stage::delivering;
  return std::exchange(one.waiting, {});
}

topic_log::start topic_log::begin(const history_request& wanted, std::string_view session,
                                  std::optional<std::uint64_t> from, std::size_t most, std::chrono::milliseconds now) {
  const auto locked = state_.lock();
  auto& log = locked->log;
  use(now);
  auto reader = client_session::begin(session, log.own(), [&](stream_id of) {
    const auto* const known = log.find_stream(of);
    return known != nullptr ? known->have : 0;
  });
  auto found =
      from ? log.select_from(*from, reader, most, now) : log.select(judged(*locked, wanted), reader, most, now);
  auto position = log.position_after(found.first - 1, found.seen, now);
  return {found.loss,          found.first,       found.count,          log.end(),
          std::move(position), std::move(reader), std::move(found.seen)};
}

/// While the log is not settled, it does not know what is missing.
history_request topic_log::judged(const state& in, const history_request& wanted) {
  const bool is_from_now = std::holds_alternative<history_request::from_now>(wanted.wanted);
  return is_from_now || is_settled(in) ? wanted : history_request{history_request::unknown{}};
}

void topic_log::read(const history_request& wanted, std::size_t most, std::chrono::milliseconds now,
                     const std::function<void(const start&)>& begin,
                     const std::function<void(const history_log::entry&)>& each) {
  const auto locked = state_.lock();
  auto& log = locked->log;
  use(now);
  const auto found = log.select(judged(*locked, wanted), {}, most, now);
  begin({found.loss, found.first, found.count, log.end(), log.position_after(log.end(), now), {}, {}});
  for (auto number = found.first; number <= log.end(); ++number) {
    const auto& one = *log.find(number);
    if (!one.is_gap && !covers(found.seen, one.stream, one.seq)) each(one);
  }
}

topic_log::piece_of_messages topic_log::piece(std::uint64_t first, std::size_t most) const {
  const auto locked = state_.lock();
  const auto& log = locked->log;
  piece_of_messages found{log.gone(), {}, false};
  auto seq = std::max(first, log.gone() + 1);
  for (; seq <= log.end() && found.messages.size() < most; ++seq) found.messages.push_back(*log.find(seq));
  found.is_last = seq > log.end();
  return found;
}

std::pair<std::string, std::uint64_t> topic_log::newest(std::chrono::milliseconds now) const {
  const auto locked = state_.lock();
  return {locked->log.position_after(locked->log.end(), now), locked->log.end()};
}

void topic_log::stop_delivering(std::size_t loop) {
  auto& at = state_.lock()->readers[loop].at;
  if (at == stage::delivering) at = stage::idle;
}

ref<shared_broadcast> topic_log::place_for(std::size_t loop, std::chrono::milliseconds now) const {
  const auto locked = state_.lock();
  const auto& log = locked->log;
  if (locked->readers[loop].at != stage::idle) return nullptr;
  auto made = make_ref<shared_broadcast>(broadcast{topic_, "$position", {}});
  made->set_place(std::make_unique<history_place>(log.end(), log.position_after(log.end(), now), nullptr, 0));
  return made;
}

bool topic_log::trim(std::chrono::milliseconds now, std::chrono::milliseconds unused_since) {
  state_.lock()->log.trim(now);
  return last_use() < unused_since && !has_readers();
}

bool topic_log::is_empty() const {
  const auto locked = state_.lock();
  return locked->log.gone() == locked->log.end();
}

bool topic_log::has_readers() const {
  const auto locked = state_.lock();
  return std::any_of(locked->readers.begin(), locked->readers.end(),
                     [](const reader& one) { return one.at != stage::absent; });
}

}  // namespace bennu
