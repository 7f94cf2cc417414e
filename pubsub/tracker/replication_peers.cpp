#include <algorithm>

#include <bennu/pubsub/tracker/replication.hpp>

/// The part of the replication that decides which nodes are up, and which are remembered.
namespace bennu {

namespace {

/// The number of ended incarnations that are remembered. A message can hardly be so late that more nodes ended
/// meanwhile.
constexpr std::size_t max_gone = 256;

}  // namespace

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
    out.changes.append(state_.replica_up(who));
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
  out.changes.append(state_.replica_permdown(who));
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
      out.changes.append(state_.replica_down(who.id));
    }
    if (now - who.heard > options_.permdown_period) forget(replica{who.id}, false, out);
  }
}

}  // namespace bennu
