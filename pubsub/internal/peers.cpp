#include <bennu/pubsub/internal/peers.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace bennu {

namespace {

/// Enough to make the cost of a batch small against that of its messages.
constexpr std::size_t batch_bytes = 256 * 1024;

/// With more changes than this, all that a node wants is the shorter message.
constexpr std::size_t max_changes = interest_map::bytes / sizeof(std::uint32_t);

}  // namespace

peers::peer* peers::find(std::string_view name) {
  const auto found = peers_.find(name);
  return found != peers_.end() ? &found->second : nullptr;
}

const peers::peer* peers::find(std::string_view name) const {
  const auto found = peers_.find(name);
  return found != peers_.end() ? &found->second : nullptr;
}

void peers::run(const calls& all) {
  for (const auto& call : all) (*call)();
}

// -- for gateways -----------------------------------------------------------------------------------------------------

void peers::open(const node_id& who, const std::string& address, std::function<void()> wake) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = peers_[who.name];
    peer fresh;
    fresh.info = p.info;
    fresh.info.id = who;
    if (!address.empty()) fresh.info.address = address;
    fresh.at = stage::opening;
    fresh.wake = std::make_shared<const std::function<void()>>(std::move(wake));
    fresh.owes_map = true;
    p = std::move(fresh);
    this->wake(p, then);
  }
  run(then);
}

void peers::up(const std::string& name) {
  const std::lock_guard lock{mutex_};
  auto& p = *find(name);
  p.at = stage::up;
  p.info.state = node_state::up;
}

void peers::close(const std::string& name) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = *find(name);
    peer closed;
    closed.info = p.info;
    closed.info.lost_messages += p.outbox.size();
    closed.info.state = node_state::connecting;
    closed.info.id.run = 0;
    p = std::move(closed);
    settle_waiters(clock::time_point::min(), then);
  }
  run(then);
}

void peers::leave(const std::string& name) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = *find(name);
    p.at = stage::leaving;
    wake(p, then);
  }
  run(then);
}

bool peers::has_left(const std::string& name) const {
  const std::lock_guard lock{mutex_};
  return find(name)->at == stage::left;
}

bool peers::has_something(const peer& p) const noexcept {
  if (p.at == stage::closed || p.at == stage::left) return false;
  if (p.owes_map || p.owes_confirmation || !p.changes.empty() || !p.news.empty()) return true;
  if (p.at == stage::opening) return false;
  if (!p.outbox.empty()) return p.sent - p.confirmed < limits_.max_node_window_bytes;
  return p.at == stage::leaving;
}

void peers::wake(peer& p, calls& then) const {
  if (!p.asleep || !has_something(p)) return;
  p.asleep = false;
  then.push_back(p.wake);
}

bool peers::take(const std::string& name, std::string& batch) {
  const std::lock_guard lock{mutex_};
  auto& p = *find(name);
  if (!has_something(p)) {
    p.asleep = true;
    return false;
  }
  if (p.owes_map) {
    append(batch, record_wants{change_, told_.bits()});
  } else if (!p.changes.empty()) {
    append(batch, change_, p.changes);
  }
  p.owes_map = false;
  p.changes.clear();
  if (std::exchange(p.owes_confirmation, false)) append(batch, record_confirmed{p.received, p.change_received});
  for (const auto& about : std::exchange(p.news, {})) append(batch, record_node{about});
  if (p.at == stage::opening) return true;
  while (!p.outbox.empty() && batch.size() < batch_bytes && p.sent - p.confirmed < limits_.max_node_window_bytes) {
    const auto next = std::move(p.outbox.front());
    p.outbox.pop_front();
    append(batch, record_message{*next});
    p.outbox_bytes -= next->size();
    p.sent += next->size();
    p.info.sent_bytes += next->size();
    ++p.info.sent_messages;
  }
  if (p.at == stage::leaving && p.outbox.empty()) {
    append(batch, record_leave{});
    p.at = stage::left;
  }
  return true;
}

void peers::received(const std::string& name, std::size_t messages, std::size_t message_bytes) {
  if (messages == 0) return;
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = *find(name);
    p.info.received_messages += messages;
    p.info.received_bytes += message_bytes;
    p.received += message_bytes;
    p.owes_confirmation = true;
    wake(p, then);
  }
  run(then);
}

void peers::on(const std::string& name, const record_wants& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = *find(name);
    p.wants.assign(what.bits);
    p.change_received = what.number;
    p.owes_confirmation = true;
    wake(p, then);
  }
  run(then);
}

void peers::on(const std::string& name, const record_changes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = *find(name);
    for (std::size_t i = 0; i < what.changes.size(); i += sizeof(std::uint32_t)) {
      std::uint32_t one = 0;
      std::memcpy(&one, what.changes.data() + i, sizeof one);
      if (one / 2 < topic_buckets) p.wants.set(static_cast<topic_bucket>(one / 2), one % 2 != 0);
    }
    p.change_received = what.number;
    p.owes_confirmation = true;
    wake(p, then);
  }
  run(then);
}

void peers::on(const std::string& name, const record_confirmed& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = *find(name);
    p.confirmed = std::min(std::max(p.confirmed, what.bytes), p.sent);
    p.change_confirmed = std::max(p.change_confirmed, what.change);
    if (p.change_confirmed >= change_) p.is_slow = false;
    wake(p, then);
    settle_waiters(clock::time_point::min(), then);
  }
  run(then);
}

void peers::tell(const std::string& name, const known_node& about) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto* const p = find(name);
    if (p == nullptr || p->at != stage::up) return;
    p->news.push_back(about);
    wake(*p, then);
  }
  run(then);
}

// -- for the door -----------------------------------------------------------------------------------------------------

bool peers::know(const std::string& name, const std::string& address) {
  const std::lock_guard lock{mutex_};
  auto* p = find(name);
  if (p == nullptr) {
    if (peers_.size() >= limits_.max_nodes) return false;
    p = &peers_[name];
    p->info.id.name = name;
  }
  if (!address.empty()) p->info.address = address;
  return true;
}

void peers::forget(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto* const p = find(name);
  if (p != nullptr && p->at == stage::closed) peers_.erase(name);
}

void peers::tick(clock::time_point now) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    // What is not wanted any more may be wanted again soon, as when a client reconnects. So this comes late.
    for (const auto where : std::exchange(unwanted_, {})) {
      if (told_.has(where) && !wants_(where)) change(where, false, then);
    }
    settle_waiters(now, then);
    std::erase_if(recent_, [&](const auto& entry) { return is_known_to_all(entry.second); });
  }
  run(then);
}

// -- for the adapter --------------------------------------------------------------------------------------------------

std::vector<node_info> peers::nodes() const {
  const std::lock_guard lock{mutex_};
  std::vector<node_info> all;
  for (const auto& [name, p] : peers_) all.push_back(p.info);
  return all;
}

bool peers::is_wanted(topic_bucket where) const {
  const std::lock_guard lock{mutex_};
  return std::any_of(peers_.begin(), peers_.end(),
                     [&](const auto& entry) { return entry.second.at == stage::up && entry.second.wants.has(where); });
}

void peers::put(peer& p, const bytes& what, calls& then) const {
  if (what->size() > max_message_bytes_ || p.outbox.size() >= limits_.max_node_outbox_messages ||
      p.outbox_bytes + what->size() > limits_.max_node_outbox_bytes) {
    ++p.info.lost_messages;
    return;
  }
  p.outbox.push_back(what);
  p.outbox_bytes += what->size();
  wake(p, then);
}

void peers::broadcast(topic_bucket where, const bytes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    for (auto& [name, p] : peers_) {
      if (p.at == stage::up && p.wants.has(where)) put(p, what, then);
    }
  }
  run(then);
}

void peers::send_to_all(const bytes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    for (auto& [name, p] : peers_) {
      if (p.at == stage::up) put(p, what, then);
    }
  }
  run(then);
}

bool peers::send(const node_id& to, const bytes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto* const p = find(to.name);
    if (p == nullptr || p->at != stage::up || (to.run != 0 && to.run != p->info.id.run)) return false;
    put(*p, what, then);
  }
  run(then);
  return true;
}

// -- what this node wants ---------------------------------------------------------------------------------------------

void peers::change(topic_bucket where, bool wanted, calls& then) {
  told_.set(where, wanted);
  ++change_;
  const auto bucket = static_cast<std::uint32_t>(where);
  bool any = false;
  for (auto& [name, p] : peers_) {
    if (p.at == stage::closed || p.at == stage::left) continue;
    any = true;
    if (p.owes_map) continue;
    p.changes.push_back(bucket * 2 + (wanted ? 1 : 0));
    if (p.changes.size() > max_changes) {
      p.changes.clear();
      p.owes_map = true;
    }
    wake(p, then);
  }
  if (any && wanted) recent_[bucket] = change_;
}

void peers::on_interest(topic_bucket where) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    const bool wanted = wants_(where);
    if (!wanted && told_.has(where)) unwanted_.insert(where);
    if (wanted && !told_.has(where)) change(where, true, then);
  }
  run(then);
}

void peers::look_at_all_interest() {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    for (std::uint32_t i = 0; i < topic_buckets; ++i) {
      const auto where = static_cast<topic_bucket>(i);
      if (wants_(where) && !told_.has(where)) change(where, true, then);
    }
  }
  run(then);
}

bool peers::is_known_to_all(std::uint64_t change) const noexcept {
  return std::all_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const auto& p = entry.second;
    return p.at != stage::up || p.is_slow || p.change_confirmed >= change;
  });
}

bool peers::when_wanted(topic_bucket where, std::function<void()> then, clock::time_point now) {
  const std::lock_guard lock{mutex_};
  const auto found = recent_.find(static_cast<std::uint32_t>(where));
  if (found == recent_.end() || is_known_to_all(found->second)) return true;
  waiters_.push_back({found->second, now + limits_.node_interest_timeout, std::move(then)});
  return false;
}

void peers::settle_waiters(clock::time_point now, calls& then) {
  for (const auto& w : waiters_) {
    if (w.until > now) continue;
    for (auto& [name, p] : peers_) p.is_slow = p.is_slow || (p.at == stage::up && p.change_confirmed < w.change);
  }
  std::erase_if(waiters_, [&](waiter& w) {
    if (!is_known_to_all(w.change)) return false;
    then.push_back(std::make_shared<const std::function<void()>>(std::move(w.then)));
    return true;
  });
}

}  // namespace bennu
