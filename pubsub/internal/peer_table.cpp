#include <bennu/pubsub/internal/peer_table.hpp>

#include <algorithm>
#include <utility>

namespace bennu {

peer* peer_table::find(std::string_view name) {
  const auto found = peers_.find(name);
  return found != peers_.end() ? &found->second : nullptr;
}

const peer* peer_table::find(std::string_view name) const {
  const auto found = peers_.find(name);
  return found != peers_.end() ? &found->second : nullptr;
}

void peer_table::wake(peer& p, calls& then) const {
  if (auto call = p.to_wake(limits_)) then.push_back(std::move(call));
}

/// The log may be slow, so the line is written without the lock.
void peer_table::warn(std::string line, std::string_view kind, calls& then) const {
  auto write = [log = log_, line = std::move(line), kind] { log.warning(line, kind); };
  then.push_back(std::make_shared<const std::function<void()>>(std::move(write)));
}

// -- for links --------------------------------------------------------------------------------------------------------

void peer_table::open(const node_id& who, const std::string& address, std::function<void()> wake, calls& then) {
  auto& p = peers_[who.name];
  if (!p.has_link()) ++links_;
  p.open(std::make_shared<const std::function<void()>>(std::move(wake)));
  p.info.id = who;
  if (!address.empty()) p.info.address = address;
  this->wake(p, then);
}

void peer_table::up(const std::string& name, calls& then) {
  auto* const p = find(name);
  if (p == nullptr) return;
  p->become(peer::stage::up);
  p->info.state = node_state::up;
  wake(*p, then);
}

void peer_table::close(const std::string& name, calls& then) {
  auto* const p = find(name);
  if (p == nullptr) return;
  if (p->has_link()) --links_;
  p->close();
  settle_waiters(clock::time_point::min(), then);
}

void peer_table::leave(const std::string& name, calls& then) {
  auto* const p = find(name);
  if (p == nullptr || p->at() != peer::stage::up) return;
  p->become(peer::stage::leaving);
  wake(*p, then);
}

bool peer_table::has_left(const std::string& name) const {
  const auto* const p = find(name);
  return p != nullptr && p->at() == peer::stage::left;
}

bool peer_table::take(const std::string& name, peer::batch& next) {
  auto* const p = find(name);
  if (p == nullptr || !p->take(next, limits_, interest_.announced(), interest_.last_change())) return false;
  if (next.leaves) --links_;
  return true;
}

void peer_table::received(const std::string& name, std::size_t messages, std::size_t message_bytes, calls& then) {
  auto* const p = find(name);
  if (p == nullptr) return;
  p->received(messages, message_bytes);
  wake(*p, then);
}

void peer_table::on(const std::string& name, const record_interest& record, calls& then) {
  auto* const p = find(name);
  if (p == nullptr) return;
  p->set_interest(record);
  wake(*p, then);
}

void peer_table::on(const std::string& name, const record_interest_changes& record, calls& then) {
  auto* const p = find(name);
  if (p == nullptr) return;
  p->change_interest(record);
  wake(*p, then);
}

void peer_table::on(const std::string& name, const record_confirmed& record, calls& then) {
  auto* const p = find(name);
  if (p == nullptr) return;
  p->confirmed(record, limits_, now_);
  if (p->knows(interest_.last_change())) p->set_slow(false);
  settle_waiters(clock::time_point::min(), then);
  wake(*p, then);
}

void peer_table::announce_node(const std::string& name, const known_node& about, calls& then) {
  auto* const p = find(name);
  if (p == nullptr || p->at() != peer::stage::up) return;
  p->announce_node(about);
  wake(*p, then);
}

// -- for carriers -----------------------------------------------------------------------------------------------------

bool peer_table::know(const std::string& name, const std::string& address) {
  auto* p = find(name);
  if (p == nullptr) {
    if (peers_.size() >= limits_.max_nodes) {
      counts_->add(metric::nodes_refused);
      return false;
    }
    p = &peers_[name];
    p->info.id.name = name;
  }
  if (!address.empty()) p->info.address = address;
  return true;
}

void peer_table::forget(const std::string& name) {
  const auto* const p = find(name);
  if (p != nullptr && p->at() == peer::stage::closed) peers_.erase(name);
}

void peer_table::tick(clock::time_point now, calls& then) {
  now_ = now;
  for (auto& [name, p] : peers_) {
    const auto dropped = p.drop_old(limits_, now);
    if (dropped == 0) continue;
    wake(p, then);
    warn(std::to_string(dropped) + " messages for node " + name + " are dropped: they have waited for longer than " +
             std::to_string(limits_.max_node_lag.count()) + " ms",
         "messages too old for other nodes", then);
  }
  for (const auto bucket : interest_.take_ended()) announce(bucket, false, then);
  settle_waiters(now, then);
  interest_.forget_acknowledged([this](std::uint64_t change) { return is_known_to_all(change); });
}

void peer_table::stop_waiting(calls& then) {
  may_wait_ = false;
  settle_waiters(clock::time_point::min(), then);
}

// -- messages ---------------------------------------------------------------------------------------------------------

std::vector<node_info> peer_table::nodes() const {
  std::vector<node_info> all;
  for (const auto& [name, p] : peers_) {
    auto& info = all.emplace_back(p.info);
    info.unconfirmed_bytes = p.unconfirmed_bytes();
    info.lag = p.lag(now_);
  }
  return all;
}

bool peer_table::has_interest(topic_bucket bucket) const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [&](const auto& entry) { return entry.second.is_interested(bucket); });
}

void peer_table::put(peer& p, const bytes& message, calls& then) const {
  const bool is_kept = p.put(message, limits_, max_message_bytes_, now_);
  wake(p, then);
  const auto most = std::min(max_message_bytes_, limits_.max_node_outbox_bytes);
  if (is_kept || message->size() <= most) return;
  warn("a message of " + std::to_string(message->size()) + " bytes for node " + p.info.id.name +
           " is dropped: one may have " + std::to_string(most),
       "message too large for other nodes", then);
}

void peer_table::broadcast(topic_bucket bucket, const bytes& message, calls& then) {
  for (auto& [name, p] : peers_) {
    if (p.is_interested(bucket)) put(p, message, then);
  }
}

void peer_table::send_to_all(const bytes& message, calls& then) {
  for (auto& [name, p] : peers_) {
    if (p.at() == peer::stage::up) put(p, message, then);
  }
}

bool peer_table::send(const node_id& to, const bytes& message, calls& then) {
  auto* const p = find(to.name);
  if (p == nullptr || p->at() != peer::stage::up) return false;
  if (to.incarnation != 0 && to.incarnation != p->info.id.incarnation) return false;
  put(*p, message, then);
  return true;
}

// -- interest of this node --------------------------------------------------------------------------------------------

void peer_table::announce(topic_bucket bucket, bool interested, calls& then) {
  bool is_awaited = false;
  for (auto& [name, p] : peers_) {
    if (!p.has_link()) continue;
    is_awaited = true;
    p.announce_interest(bucket, interested);
    wake(p, then);
  }
  interest_.announce(bucket, interested, is_awaited);
}

void peer_table::on_interest(topic_bucket bucket, calls& then) {
  if (interest_.has_begun(bucket)) announce(bucket, true, then);
}

void peer_table::announce_all_interest(calls& then) {
  for (const auto bucket : interest_.unannounced()) announce(bucket, true, then);
}

bool peer_table::is_known_to_all(std::uint64_t change) const noexcept {
  if (!may_wait_) return true;
  return std::all_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const auto& p = entry.second;
    return !p.has_link() || p.is_slow() || p.knows(change);
  });
}

bool peer_table::when_interest_known(topic_bucket bucket, std::function<void()> call, clock::time_point now) {
  const auto change = interest_.unacknowledged(bucket);
  if (change == 0 || is_known_to_all(change)) return true;
  waiters_.push_back({change, now + limits_.node_interest_timeout, std::move(call)});
  return false;
}

void peer_table::settle_waiters(clock::time_point now, calls& then) {
  for (const auto& w : waiters_) {
    if (w.until > now) continue;
    for (auto& [name, p] : peers_) {
      if (!p.has_link() || p.is_slow() || p.knows(w.change)) continue;
      p.set_slow(true);
      counts_->add(metric::interest_timeouts);
    }
  }
  std::erase_if(waiters_, [&](waiter& w) {
    if (!is_known_to_all(w.change)) return false;
    then.push_back(std::make_shared<const std::function<void()>>(std::move(w.call)));
    return true;
  });
}

}  // namespace bennu
