#include <bennu/pubsub/tracker/replication.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

replica_clock clock_in(const replica_clocks& in, const replica& which) {
  const auto found = in.find(which);
  return found == in.end() ? 0 : found->second;
}

}  // namespace

replication::replication(presence_state& of, replication_options options) : state_(of), options_(options) {
  if (options.broadcast_period.count() <= 0) throw std::invalid_argument("broadcast_period must be more than 0");
  if (options.heartbeat_period < options.broadcast_period)
    throw std::invalid_argument("heartbeat_period must be at least broadcast_period");
  if (options.down_period < 2 * options.heartbeat_period)
    throw std::invalid_argument("down_period must be at least two heartbeat_period, because a heartbeat may be late");
  if (options.permdown_period <= options.down_period)
    throw std::invalid_argument("permdown_period must be longer than down_period");
}

// -- events -----------------------------------------------------------------------------------------------------------

replication::outcome replication::tick(time now) {
  outcome out;
  if (left_) return out;
  check_peers(now, out);
  broadcast(now, out);
  ask(now, out);
  return out;
}

replication::outcome replication::receive(const replication_message& message, time now) {
  outcome out;
  if (left_) return out;
  if (auto* const from = meet(message.from, now, out)) {
    std::visit([&](const auto& body) { heard(*from, body, now, out); }, message.body);
  }
  return out;
}

replication::outcome replication::node_up(const std::string& name) {
  outcome out;
  if (!left_) out.messages.push_back({name, greeting()});
  return out;
}

void replication::node_down(const std::string& name, time now) {
  const auto found = peers_.find(name);
  if (found == peers_.end()) return;
  if (!found->second.lost) found->second.lost = now;
  found->second.asked.reset();
}

replication::outcome replication::leave() {
  outcome out;
  if (std::exchange(left_, true)) return out;
  out.messages.push_back({std::nullopt, {state_.self(), replication_message::farewell{}}});
  return out;
}

// -- received messages ------------------------------------------------------------------------------------------------

void replication::heard(peer& of, const replication_message::heartbeat& message, time now, outcome& out) {
  out.changes.append(state_.merge(message.delta));
  const bool is_new = of.clocks.empty();
  of.clocks = message.clocks;
  show_if_complete(of, out);
  // Otherwise the message may just be late, and the next tick is soon enough to ask.
  if (is_new || of.at == standing::returning) ask(now, out);
}

void replication::heard(peer& of, const replication_message::transfer_request& message, time, outcome& out) {
  auto delta = state_.extract(of.id, message.since, options_.max_part_bytes);
  if (delta.empty()) return;
  ++counted_.transfers;
  out.messages.push_back({of.id.name, {state_.self(), replication_message::transfer{std::move(delta)}}});
}

void replication::heard(peer& of, const replication_message::transfer& message, time now, outcome& out) {
  out.changes.append(state_.merge(message.delta));
  show_if_complete(of, out);
  // A late or repeated transfer causes no further request.
  if (!of.asked || !answers(message, *of.asked)) return;
  of.asked.reset();
  ask(now, out, &of);
}

/// Returns true if the transfer brings this node further. An answer to an earlier request does not.
bool replication::answers(const replication_message::transfer& message, const request& asked) {
  return std::any_of(message.delta.begin(), message.delta.end(), [&](const auto& one) {
    const auto since = asked.since.find(one.first);
    return since != asked.since.end() && one.second.seen.contains(since->second + 1);
  });
}

void replication::heard(peer& of, const replication_message::farewell&, time, outcome& out) {
  forget(replica{of.id}, true, out);
}

void replication::show_if_complete(peer& who, outcome& out) {
  if (who.at != standing::returning || who.clocks.empty()) return;
  if (state_.clock_of(who.id) < clock_in(who.clocks, who.id)) return;
  who.at = standing::up;
  out.changes.append(state_.replica_up(who.id));
}

// -- sent messages ----------------------------------------------------------------------------------------------------

/// Announces this replica and its clock. Nodes that lack its changes request them.
replication_message replication::greeting() const {
  return {state_.self(), replication_message::heartbeat{{}, state_.clocks()}};
}

void replication::broadcast(time now, outcome& out) {
  auto clocks = state_.clocks();
  const auto mine = clocks.at(state_.self());
  if (mine == said_ && said_at_ && now - *said_at_ < options_.heartbeat_period) return;
  // If the changes do not fit, or are not remembered, the clocks alone make the others request them.
  const auto changed = [&] { return state_.delta_since(said_, options_.max_part_bytes); };
  auto delta = peers_.empty() ? presence_delta{} : changed().value_or(presence_delta{});
  said_ = mine;
  said_at_ = now;
  out.messages.push_back(
      {std::nullopt, {state_.self(), replication_message::heartbeat{std::move(delta), std::move(clocks)}}});
}

// -- requests ---------------------------------------------------------------------------------------------------------

void replication::ask(time now, outcome& out, const peer* only) {
  std::map<std::string, replica_clocks> requests;
  for (const auto& [name, about] : peers_) {
    const auto* const whom = whom_to_ask(about, now);
    if (whom == nullptr || (only != nullptr && whom != only)) continue;
    requests[whom->id.name].emplace(about.id, state_.clock_of(about.id));
  }
  for (auto& [name, clocks] : requests) {
    peers_.at(name).asked = request{now, clocks};
    ++counted_.requests;
    out.messages.push_back({name, {state_.self(), replication_message::transfer_request{std::move(clocks)}}});
  }
}

/// @returns null if nothing is lacking, or if an answer is still expected
const replication::peer* replication::whom_to_ask(const peer& about, time now) const {
  const auto mine = state_.clock_of(about.id);
  const auto knows_more = [&](const peer& who) {
    const bool is_waited_for = who.asked && now - who.asked->at <= 2 * options_.heartbeat_period;
    return who.at != standing::down && !is_waited_for && !is_silent(who, now) && clock_in(who.clocks, about.id) > mine;
  };
  if (about.at == standing::down) return nullptr;
  if (!is_silent(about, now)) return knows_more(about) ? &about : nullptr;
  const peer* best = nullptr;
  for (const auto& [name, other] : peers_) {
    if (!knows_more(other)) continue;
    if (best == nullptr || clock_in(other.clocks, about.id) > clock_in(best->clocks, about.id)) best = &other;
  }
  return best;
}

bool replication::is_silent(const peer& who, time now) const {
  return who.lost || now - who.heard > 2 * options_.heartbeat_period;
}

}  // namespace bennu
