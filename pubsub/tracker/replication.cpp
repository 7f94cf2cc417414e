#include <bennu/pubsub/tracker/replication.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

/// The number of ended incarnations that are remembered. A message can hardly be so late that more nodes ended
/// meanwhile.
constexpr std::size_t max_gone = 256;

void append(presence_changes& to, presence_changes&& more) {
  std::move(more.joins.begin(), more.joins.end(), std::back_inserter(to.joins));
  std::move(more.leaves.begin(), more.leaves.end(), std::back_inserter(to.leaves));
}

replica_clock clock_in(const replica_clocks& in, const replica& which) {
  const auto found = in.find(which);
  return found == in.end() ? 0 : found->second;
}

}  // namespace

replication::replication(presence_state& of, replication_options wanted) : state_(of), options_(wanted) {
  if (wanted.broadcast_period.count() <= 0) throw std::invalid_argument("broadcast_period must be more than 0");
  if (wanted.heartbeat_period < wanted.broadcast_period)
    throw std::invalid_argument("heartbeat_period must be at least broadcast_period");
  if (wanted.down_period < 2 * wanted.heartbeat_period)
    throw std::invalid_argument("down_period must be at least two heartbeat_period, because a heartbeat may be late");
  if (wanted.permdown_period <= wanted.down_period)
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

replication::outcome replication::receive(const replication_message& what, time now) {
  outcome out;
  if (left_) return out;
  if (auto* const from = meet(what.from, now, out)) {
    std::visit([&](const auto& message) { heard(*from, message, now, out); }, what.what);
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

// -- peers ------------------------------------------------------------------------------------------------------------

/// @returns null if the replica's messages must be ignored
replication::peer* replication::meet(const replica& who, time now, outcome& out) {
  if (std::find(gone_.begin(), gone_.end(), who) != gone_.end()) return nullptr;
  auto found = peers_.find(who.name);
  if (found != peers_.end() && found->second.id != who) {
    if (!replace(found->second, who, out)) return nullptr;
    found = peers_.end();
  }
  if (found == peers_.end()) {
    if (who.name == state_.self().name || !make_room(out)) {
      ++counted_.refused;
      return nullptr;
    }
    found = peers_.emplace(who.name, peer{who, now, standing::up, {}, {}, {}}).first;
    append(out.changes, state_.replica_up(who));
    out.messages.push_back({who.name, greeting()});
  } else if (found->second.at == standing::down) {
    found->second.at = standing::returning;
    found->second.clocks.clear();
    out.messages.push_back({who.name, greeting()});
  }
  found->second.heard = now;
  found->second.lost.reset();
  return &found->second;
}

/// Handles the first message of another incarnation of a known node. @returns true if it replaces the known one
bool replication::replace(const peer& old, const replica& by, outcome& out) {
  // A late message of an earlier incarnation must not replace the present one. But if the present one is down, the
  // node's clock may have been set back before the restart.
  const bool is_later = by.incarnation > old.id.incarnation;
  if (!is_later && old.at != standing::down) return false;
  forget(replica{old.id}, is_later, out);
  return true;
}

/// @returns true if one more peer may be remembered
bool replication::make_room(outcome& out) {
  if (peers_.size() < options_.max_replicas) return true;
  auto oldest = peers_.end();
  for (auto next = peers_.begin(); next != peers_.end(); ++next) {
    if (next->second.at != standing::down) continue;
    if (oldest == peers_.end() || next->second.heard < oldest->second.heard) oldest = next;
  }
  if (oldest == peers_.end()) return false;
  forget(replica{oldest->second.id}, false, out);
  return true;
}

void replication::forget(const replica& who, bool for_good, outcome& out) {
  append(out.changes, state_.replica_permdown(who));
  peers_.erase(who.name);
  if (!for_good) return;
  gone_.push_back(who);
  if (gone_.size() > max_gone) gone_.pop_front();
}

void replication::check_peers(time now, outcome& out) {
  for (auto next = peers_.begin(); next != peers_.end();) {
    auto& who = (next++)->second;
    const bool is_late = now - who.heard > options_.down_period;
    const bool is_lost = who.lost && now - *who.lost > options_.lost_period;
    if (who.at != standing::down && (is_late || is_lost)) {
      who.at = standing::down;
      who.asked.reset();
      append(out.changes, state_.replica_down(who.id));
    }
    if (now - who.heard > options_.permdown_period) forget(replica{who.id}, false, out);
  }
}

// -- received messages ------------------------------------------------------------------------------------------------

void replication::heard(peer& of, const replication_message::heartbeat& what, time now, outcome& out) {
  append(out.changes, state_.merge(what.delta));
  const bool is_new = of.clocks.empty();
  of.clocks = what.clocks;
  show_if_complete(of, out);
  // Otherwise the message may just be late, and the next tick is soon enough to ask.
  if (is_new || of.at == standing::returning) ask(now, out);
}

void replication::heard(peer& of, const replication_message::transfer_request& what, time, outcome& out) {
  auto delta = state_.extract(of.id, what.wanted, options_.max_part_bytes);
  if (delta.empty()) return;
  ++counted_.transfers;
  out.messages.push_back({of.id.name, {state_.self(), replication_message::transfer{std::move(delta)}}});
}

void replication::heard(peer& of, const replication_message::transfer& what, time now, outcome& out) {
  append(out.changes, state_.merge(what.delta));
  show_if_complete(of, out);
  // A late or repeated transfer causes no further request.
  if (!of.asked || !answers(what, *of.asked)) return;
  of.asked.reset();
  ask(now, out, &of);
}

/// Returns true if the transfer brings this node further. An answer to an earlier request does not.
bool replication::answers(const replication_message::transfer& what, const request& asked) {
  return std::any_of(what.delta.begin(), what.delta.end(), [&](const auto& one) {
    const auto since = asked.wanted.find(one.first);
    return since != asked.wanted.end() && one.second.seen.contains(since->second + 1);
  });
}

void replication::heard(peer& of, const replication_message::farewell&, time, outcome& out) {
  forget(replica{of.id}, true, out);
}

void replication::show_if_complete(peer& who, outcome& out) {
  if (who.at != standing::returning || who.clocks.empty()) return;
  if (state_.clock_of(who.id) < clock_in(who.clocks, who.id)) return;
  who.at = standing::up;
  append(out.changes, state_.replica_up(who.id));
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
  std::map<std::string, replica_clocks> wanted;
  for (const auto& [name, about] : peers_) {
    const auto* const whom = whom_to_ask(about, now);
    if (whom == nullptr || (only != nullptr && whom != only)) continue;
    wanted[whom->id.name].emplace(about.id, state_.clock_of(about.id));
  }
  for (auto& [name, clocks] : wanted) {
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
