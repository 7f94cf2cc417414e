#include <bennu/pubsub/history/log_exchange.hpp>

#include <algorithm>
#include <utility>

#include <bennu/pubsub/history/history.hpp>

namespace bennu {

namespace {

/// The nesting of a message from another node, which has checked `limits::max_json_depth`.
constexpr std::size_t max_json_depth = 10'000;

/// The number of topics in a pull.
constexpr std::size_t max_topics = 256;

/// Bytes of the messages in an answer. The rest is asked for again. A larger message is not sent again at all.
constexpr std::size_t max_answer_bytes = std::size_t{1024} * 1024;

void call_all(const std::vector<std::function<void()>>& calls) {
  for (const auto& call : calls) call();
}

}  // namespace

std::vector<std::string> log_exchange::names_of(const state& in) {
  std::vector<std::string> names;
  for (const auto& [name, one] : in.peers) names.push_back(name);
  return names;
}

// -- questions --------------------------------------------------------------------------------------------------------

void log_exchange::ask(state& in, const log_ptr& log, const std::vector<std::string>& nodes, bool all) {
  log->await(nodes, all);
  for (const auto& name : nodes) in.peers.at(name).waiting.try_emplace(log->topic());
}

/// Asks a node that has messages which this one lacks, unless it has still to answer an earlier question about the log.
/// A node sends in order, so that answer will have them. A second question would delay what follows the first answer,
/// without end if each of two nodes lacks messages of the other.
void log_exchange::ask_sender(const log_ptr& log, peer& from) {
  log->await({from.id.name}, false);
  if (!from.asked || !from.asked->topics.contains(log->topic())) from.waiting.try_emplace(log->topic());
}

void log_exchange::ask_all(state& in, const log_ptr& log, calls& then) {
  ask(in, log, names_of(in), true);
  if (in.peers.empty()) settle(in, log, {}, then);
}

/// Called when a node has answered about a log, or is down.
void log_exchange::settle(state& in, const log_ptr& log, const std::string& node, calls& then) {
  auto result = log->stop_awaiting(node, how_.logs()->now(), how_.wake(log));
  std::move(result.then.begin(), result.then.end(), std::back_inserter(then));
  if (result.must_ask_all) ask_all(in, log, then);
}

/// Repeats the question whose answer may be lost.
void log_exchange::ask_again(peer& of) {
  if (!of.asked) return;
  for (const auto& topic : of.asked->topics) of.waiting.try_emplace(topic);
  of.asked.reset();
}

void log_exchange::send_pulls(state& in) {
  for (auto& [name, one] : in.peers) send_pull(in, one);
}

void log_exchange::send_pull(state& in, peer& to) {
  auto* const logs = how_.logs();
  if (to.asked || (to.waiting.empty() && !to.must_tell_loss)) return;
  history_message::pull next{++in.last_id, std::exchange(to.must_tell_loss, false), {}};
  question asked{next.id, {}};
  while (!to.waiting.empty() && next.topics.size() < max_topics) {
    auto [topic, reached] = *to.waiting.begin();
    to.waiting.erase(to.waiting.begin());
    const auto log = logs != nullptr ? logs->find(topic) : nullptr;
    if (log == nullptr) continue;
    raise(reached, log->known());
    next.topics.push_back({topic, std::move(reached)});
    asked.topics.insert(topic);
  }
  to.asked = std::move(asked);
  how_.send(to.id, encode_history({std::move(next)}));
}

void log_exchange::ask_all(const log_ptr& log) {
  calls then;
  {
    const auto in = state_.lock();
    ask_all(*in, log, then);
    send_pulls(*in);
  }
  call_all(then);
}

void log_exchange::missing(const log_ptr& log, const std::string& node) {
  calls then;
  {
    const auto in = state_.lock();
    if (const auto found = in->peers.find(node); found != in->peers.end()) {
      ask_sender(log, found->second);
    } else {
      ask_all(*in, log, then);
    }
    send_pulls(*in);
  }
  call_all(then);
}

// -- nodes ------------------------------------------------------------------------------------------------------------

void log_exchange::on_node_up(const node_id& who) {
  const auto in = state_.lock();
  in->peers.insert_or_assign(who.name, peer{who, {}, std::nullopt, false, {}, false});
  auto* const logs = how_.logs();
  in->lost.erase(who.name);
  if (in->lost.empty()) apart_->end(logs != nullptr ? logs->now() : node_time());
  if (logs == nullptr) return;
  logs->for_each_log([&](const log_ptr& log) { ask(*in, log, {who.name}, false); });
  send_pulls(*in);
}

/// Each of the others may have got messages of the lost node that this one did not get.
void log_exchange::on_node_down(const node_id& who) {
  calls then;
  {
    const auto in = state_.lock();
    const auto found = in->peers.find(who.name);
    if (found == in->peers.end()) return;
    if (!found->second.has_left) {
      in->lost.insert(who.name);
      apart_->begin();
    }
    in->peers.erase(found);
    auto* const logs = how_.logs();
    if (logs == nullptr) return;
    logs->for_each_log([&](const log_ptr& log) {
      ask(*in, log, names_of(*in), true);
      settle(*in, log, who.name, then);
    });
    send_pulls(*in);
  }
  call_all(then);
}

void log_exchange::on_loss(const node_id& from) {
  const auto in = state_.lock();
  const auto found = in->peers.find(from.name);
  if (found == in->peers.end()) return;
  ask_again(found->second);
  found->second.must_tell_loss = true;
  if (auto* const logs = how_.logs()) {
    logs->for_each_log([&](const log_ptr& log) { ask(*in, log, {from.name}, false); });
  }
  send_pulls(*in);
}

// -- messages ---------------------------------------------------------------------------------------------------------

void log_exchange::on_node_message(const node_id& from, std::string_view message) {
  auto decoded = decode_history(message, max_json_depth);
  if (!decoded) return how_.log.warning("node " + from.name + " sent a message about histories that cannot be read");
  if (const auto* const given = std::get_if<history_message::answer>(&decoded->body)) make_logs(*given);
  calls then;
  {
    const auto in = state_.lock();
    const auto found = in->peers.find(from.name);
    if (found == in->peers.end() || found->second.id != from) return;
    auto& sender = found->second;
    if (auto* const pull = std::get_if<history_message::pull>(&decoded->body)) {
      heard(sender, std::move(*pull));
    } else if (auto* const answer = std::get_if<history_message::answer>(&decoded->body)) {
      heard(*in, sender, std::move(*answer), then);
    } else {
      sender.has_left = true;
    }
    send_pulls(*in);
  }
  call_all(then);
}

/// Makes the logs that a node hands over.
void log_exchange::make_logs(const history_message::answer& given) {
  auto* const logs = how_.logs();
  if (given.id != 0 || logs == nullptr) return;
  for (const auto& part : given.parts) {
    if (const auto* const keeps = logs->of(part.topic)) logs->log_of(part.topic, *keeps, logs->now());
  }
}

void log_exchange::heard(peer& from, history_message::pull&& m) {
  if (m.is_after_loss) ask_again(from);
  auto* const logs = how_.logs();
  history_message::answer result{m.id, {}};
  std::size_t room = max_answer_bytes;
  for (auto& topic : m.topics) {
    const auto log = logs != nullptr ? logs->find(topic.name) : nullptr;
    if (log == nullptr) {
      result.parts.push_back({topic.name, true, {}, {}});
    } else {
      result.parts.push_back(log->beyond(topic.have, room, max_answer_bytes, logs->now()));
      if (log->is_behind(topic.have, logs->now())) ask_sender(log, from);
    }
    from.topics.insert(std::move(topic.name));
  }
  how_.send(from.id, encode_history({std::move(result)}));
}

void log_exchange::heard(state& in, peer& from, history_message::answer&& m, calls& then) {
  const bool is_asked = from.asked && from.asked->id == m.id;
  if (!is_asked && m.id != 0) return;
  if (is_asked) from.asked.reset();
  if (how_.logs() == nullptr) return;
  for (auto& part : m.parts) take(in, from, std::move(part), is_asked, then);
}

void log_exchange::take(state& in, peer& from, history_message::part&& part, bool is_asked, calls& then) {
  auto& logs = *how_.logs();
  const auto topic = part.topic;
  const auto log = logs.find(topic);
  if (log == nullptr) return;
  std::vector<position::place> reached;
  if (!part.is_last) {
    for (const auto& one : part.messages) raise(reached, {{one.stream, one.seq}});
  }
  const bool is_last = part.is_last;
  log->take_part(std::move(part), logs.now(), how_.wake(log));
  if (!is_asked) return ask(in, log, {from.id.name}, false);
  if (!is_last) raise(from.waiting[topic], reached);
  if (!from.waiting.contains(topic)) settle(in, log, from.id.name, then);
}

// -- the end ----------------------------------------------------------------------------------------------------------

void log_exchange::on_leave() {
  const auto in = state_.lock();
  auto* const logs = how_.logs();
  if (in->peers.empty()) return;
  auto& heir = in->peers.begin()->second;
  if (logs != nullptr) {
    logs->for_each_log([&](const log_ptr& log) {
      const auto follows = [&](const auto& one) { return one.second.topics.contains(log->topic()); };
      if (std::none_of(in->peers.begin(), in->peers.end(), follows)) hand_over(heir, log);
    });
  }
  for (const auto& [name, one] : in->peers) how_.send(one.id, encode_history({history_message::farewell{}}));
}

void log_exchange::hand_over(peer& to, const log_ptr& log) {
  if (log->is_empty()) return;
  std::vector<position::place> reached;
  for (bool is_last = false; !is_last;) {
    std::size_t room = max_answer_bytes;
    auto part = log->beyond(reached, room, max_answer_bytes, how_.logs()->now());
    is_last = part.is_last;
    for (const auto& one : part.messages) raise(reached, {{one.stream, one.seq}});
    history_message::answer given{0, {}};
    given.parts.push_back(std::move(part));
    how_.send(to.id, encode_history({std::move(given)}));
  }
}

}  // namespace bennu
