#include <bennu/pubsub/tracker/presence_state.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <bennu/pubsub/tracker/internal/presence_part.hpp>

namespace bennu {

presence_state::presence_state(replica self, std::size_t max_removals)
    : self_(std::move(self)), max_removals_(max_removals), own_(replicas_[self_].presences) {}

// -- this replica's presences -----------------------------------------------------------------------------------------

presence_ptr presence_state::find(std::uint64_t process, std::string_view topic, std::string_view key) const {
  const auto found = own_by_identity_.find({process, topic, key});
  return found == own_by_identity_.end() ? nullptr : own_.live.at(found->second);
}

replica_clock presence_state::tick() {
  const auto at = now() + 1;
  own_.seen.insert(at);
  return at;
}

presence_ptr presence_state::add(presence_entry entry) {
  const auto at = tick();
  auto made = std::make_shared<const presence_entry>(std::move(entry));
  own_.live.emplace(at, made);
  own_by_identity_.emplace(identity{made->process, made->topic, made->key}, at);
  visible_.add(made);
  return made;
}

presence_ptr presence_state::update(const presence_ptr& old, json meta) {
  remove(own_by_identity_.find({old->process, old->topic, old->key}));
  return add({old->topic, old->process, old->key, std::move(meta)});
}

presence_ptr presence_state::remove(std::uint64_t process, std::string_view topic, std::string_view key) {
  const auto found = own_by_identity_.find({process, topic, key});
  return found == own_by_identity_.end() ? nullptr : remove(found);
}

std::vector<presence_ptr> presence_state::remove_all(std::uint64_t process) {
  std::vector<presence_ptr> removed;
  for (;;) {
    const auto next = own_by_identity_.lower_bound({process, {}, {}});
    if (next == own_by_identity_.end() || next->first.process != process) return removed;
    removed.push_back(remove(next));
  }
}

presence_ptr presence_state::remove(own_presences::iterator which) {
  const auto at = tick();
  const auto carried = which->second;
  const auto presence = std::move(own_.live.extract(carried).mapped());
  own_by_identity_.erase(which);
  visible_.remove(presence);
  removals_.push_back({at, carried});
  if (removals_.size() > max_removals_) {
    removals_since_ = removals_.front().at;
    removals_.pop_front();
  }
  return presence;
}

// -- the other replicas -----------------------------------------------------------------------------------------------

presence_changes presence_state::replica_up(const replica& which) {
  presence_changes seen;
  const auto [found, is_new] = replicas_.try_emplace(which);
  auto& known = found->second;
  if (is_new || known.up) return seen;
  known.up = true;
  for (const auto& [clock, presence] : known.presences.live) {
    visible_.add(presence);
    seen.joins.push_back(presence);
  }
  return seen;
}

presence_changes presence_state::replica_down(const replica& which) {
  if (which == self_) throw std::invalid_argument("a replica cannot be down for itself");
  presence_changes seen;
  const auto found = replicas_.find(which);
  if (found == replicas_.end() || !std::exchange(found->second.up, false)) return seen;
  for (const auto& [clock, presence] : found->second.presences.live) {
    visible_.remove(presence);
    seen.leaves.push_back(presence);
  }
  return seen;
}

presence_changes presence_state::replica_permdown(const replica& which) {
  auto seen = replica_down(which);
  replicas_.erase(which);
  return seen;
}

// -- exchange ---------------------------------------------------------------------------------------------------------

replica_clocks presence_state::clocks() const {
  replica_clocks all;
  for (const auto& [which, known] : replicas_) {
    if (known.up) all.emplace(which, known.presences.seen.context());
  }
  return all;
}

replica_clock presence_state::clock_of(const replica& which) const {
  const auto found = replicas_.find(which);
  return found == replicas_.end() ? 0 : found->second.presences.seen.context();
}

std::optional<presence_delta> presence_state::delta_since(replica_clock since, std::size_t max_bytes) const {
  if (since < removals_since_) return std::nullopt;
  if (since >= now()) return presence_delta{};
  message_budget left{max_bytes};
  if (last_that_fits(own_, since, left) < now()) return std::nullopt;
  return presence_delta{{self_, own_part(since, now())}};
}

/// As `part_of`, but computed from the remembered removals. Of the operations before `since` it has only those whose
/// presences were removed.
replica_presences presence_state::own_part(replica_clock since, replica_clock last) const {
  replica_presences part;
  part.seen.insert(since + 1, last);
  for (auto next = std::upper_bound(removals_.begin(), removals_.end(), since,
                                    [](auto clock, const removal& r) { return clock < r.at; });
       next != removals_.end() && next->at <= last; ++next) {
    part.seen.insert(next->removed);
  }
  part.live.insert(own_.live.upper_bound(since), own_.live.upper_bound(last));
  return part;
}

presence_delta presence_state::extract(const replica& to, const replica_clocks& theirs, std::size_t max_bytes) const {
  presence_delta all;
  message_budget left{max_bytes};
  for (const auto& [which, known] : replicas_) {
    const auto at = theirs.find(which);
    if (which == to || at == theirs.end() || known.presences.seen.highest() <= at->second) continue;
    const auto since = at->second;
    const auto last = last_that_fits(known.presences, since, left);
    if (last == since) continue;
    const bool remembers = which == self_ && since >= removals_since_;
    all.emplace(which, remembers ? own_part(since, last) : part_of(known.presences, since, last));
  }
  return all;
}

presence_changes presence_state::merge(const presence_delta& from) {
  presence_changes seen;
  for (const auto& [which, theirs] : from) {
    const auto found = replicas_.find(which);
    if (which != self_ && found != replicas_.end()) merge(found->second, theirs, seen);
  }
  return seen;
}

void presence_state::merge(known_replica& into, const replica_presences& from, presence_changes& seen) {
  auto& mine = into.presences;
  for (const auto& [first, last] : from.seen.ranges()) {
    for (auto next = mine.live.lower_bound(first); next != mine.live.end() && next->first <= last;) {
      if (from.live.contains(next->first)) {
        ++next;
        continue;
      }
      if (into.up) {
        visible_.remove(next->second);
        seen.leaves.push_back(next->second);
      }
      next = mine.live.erase(next);
    }
  }
  for (const auto& [clock, presence] : from.live) {
    if (mine.seen.contains(clock)) continue;
    mine.live.emplace(clock, presence);
    if (into.up) {
      visible_.add(presence);
      seen.joins.push_back(presence);
    }
  }
  mine.seen.insert(from.seen);
}

}  // namespace bennu
