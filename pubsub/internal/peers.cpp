#include <bennu/pubsub/internal/peers.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace bennu {

peer* peers::find(std::string_view name) {
  const auto found = peers_.find(name);
  return found != peers_.end() ? &found->second : nullptr;
}

const peer* peers::find(std::string_view name) const {
  const auto found = peers_.find(name);
  return found != peers_.end() ? &found->second : nullptr;
}

void peers::run(const calls& all) {
  for (const auto& call : all) (*call)();
}

void peers::wake(peer& p, calls& then) const {
  if (auto call = p.to_wake(limits_)) then.push_back(std::move(call));
}

void peers::put(peer& p, const bytes& what, calls& then) const {
  const bool is_kept = p.put(what, limits_, max_message_bytes_, now_);
  wake(p, then);
  const auto most = std::min(max_message_bytes_, limits_.max_node_outbox_bytes);
  if (is_kept || what->size() <= most) return;
  // A log may be slow: not under the mutex.
  auto warn = [log = log_, line = "a message of " + std::to_string(what->size()) + " bytes for node " + p.info.id.name +
                                  " is dropped: one may have " +
                                  std::to_string(most)] { log.warning(line, "message too large for other nodes"); };
  then.push_back(std::make_shared<const std::function<void()>>(std::move(warn)));
}

template <class Do>
void peers::with(const std::string& name, const Do& act) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto* const p = find(name);
    if (p == nullptr) return;
    act(*p, then);
    wake(*p, then);
  }
  run(then);
}

// -- for links --------------------------------------------------------------------------------------------------------

void peers::open(const node_id& who, const std::string& address, std::function<void()> wake) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto& p = peers_[who.name];
    if (!p.has_link()) links_.fetch_add(1, std::memory_order_release);
    p.open(std::make_shared<const std::function<void()>>(std::move(wake)));
    p.info.id = who;
    if (!address.empty()) p.info.address = address;
    this->wake(p, then);
  }
  run(then);
}

void peers::up(const std::string& name) {
  with(name, [](peer& p, calls&) {
    p.become(peer::stage::up);
    p.info.state = node_state::up;
  });
}

void peers::close(const std::string& name) {
  with(name, [this](peer& p, calls& then) {
    if (p.has_link()) links_.fetch_sub(1, std::memory_order_release);
    p.close();
    settle_waiters(clock::time_point::min(), then);
  });
}

void peers::leave(const std::string& name) {
  with(name, [](peer& p, calls&) {
    if (p.at() == peer::stage::up) p.become(peer::stage::leaving);
  });
}

bool peers::has_left(const std::string& name) const {
  const std::lock_guard lock{mutex_};
  const auto* const p = find(name);
  return p != nullptr && p->at() == peer::stage::left;
}

bool peers::take(const std::string& name, std::string& batch) {
  peer::batch next;
  {
    const std::lock_guard lock{mutex_};
    auto* const p = find(name);
    if (p == nullptr || !p->take(next, limits_, told_, change_)) return false;
    if (next.leaves) links_.fetch_sub(1, std::memory_order_release);
  }
  // Copied without the mutex, so that broadcasts do not wait for it.
  batch = std::move(next.records);
  for (const auto& message : next.messages) append(batch, record_message{*message});
  if (next.leaves) append(batch, record_leave{});
  return true;
}

void peers::received(const std::string& name, std::size_t messages, std::size_t message_bytes) {
  if (messages == 0) return;
  with(name, [&](peer& p, calls&) { p.received(messages, message_bytes); });
}

void peers::on(const std::string& name, const record_wants& what) {
  with(name, [&](peer& p, calls&) { p.wants(what); });
}

void peers::on(const std::string& name, const record_changes& what) {
  with(name, [&](peer& p, calls&) { p.wants(what); });
}

void peers::on(const std::string& name, const record_confirmed& what) {
  with(name, [&](peer& p, calls& then) {
    p.confirmed(what, limits_, now_);
    if (p.knows(change_)) p.set_slow(false);
    settle_waiters(clock::time_point::min(), then);
  });
}

void peers::tell(const std::string& name, const known_node& about) {
  with(name, [&](peer& p, calls&) {
    if (p.at() == peer::stage::up) p.tell(about);
  });
}

// -- for carriers -----------------------------------------------------------------------------------------------------

bool peers::know(const std::string& name, const std::string& address) {
  const std::lock_guard lock{mutex_};
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

void peers::forget(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto* const p = find(name);
  if (p != nullptr && p->at() == peer::stage::closed) peers_.erase(name);
}

void peers::tick(clock::time_point now) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    now_ = now;
    for (auto& [name, p] : peers_) {
      if (const auto dropped = p.drop_old(limits_, now)) warn_of_lag(name, dropped, then);
    }
    // The end of interest is announced late, because a topic may be wanted again soon, such as when a client
    // reconnects.
    for (const auto where : std::exchange(unwanted_, {})) {
      if (told_.has(where) && !wants_(where)) change(where, false, then);
    }
    settle_waiters(now, then);
    std::erase_if(recent_, [&](const auto& entry) { return is_known_to_all(entry.second); });
  }
  run(then);
}

void peers::warn_of_lag(const std::string& name, std::size_t dropped, calls& then) const {
  auto warn = [log = log_, line = std::to_string(dropped) + " messages for node " + name +
                                  " are dropped: they have waited for longer than " +
                                  std::to_string(limits_.max_node_lag.count()) +
                                  " ms"] { log.warning(line, "messages too old for other nodes"); };
  then.push_back(std::make_shared<const std::function<void()>>(std::move(warn)));
}

void peers::stop_waiting() {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    waits_ = false;
    settle_waiters(clock::time_point::min(), then);
  }
  run(then);
}

// -- for the adapter --------------------------------------------------------------------------------------------------

std::vector<node_info> peers::nodes() const {
  const std::lock_guard lock{mutex_};
  std::vector<node_info> all;
  for (const auto& [name, p] : peers_) {
    auto& info = all.emplace_back(p.info);
    info.unconfirmed_bytes = p.unconfirmed_bytes();
    info.lag = p.lag(now_);
  }
  return all;
}

bool peers::is_wanted(topic_bucket where) const {
  if (links_.load(std::memory_order_acquire) == 0) return false;
  const std::lock_guard lock{mutex_};
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) { return entry.second.does_want(where); });
}

void peers::broadcast(topic_bucket where, const bytes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    for (auto& [name, p] : peers_) {
      if (!p.does_want(where)) continue;
      put(p, what, then);
    }
  }
  run(then);
}

void peers::send_to_all(const bytes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    for (auto& [name, p] : peers_) {
      if (p.at() != peer::stage::up) continue;
      put(p, what, then);
    }
  }
  run(then);
}

bool peers::send(const node_id& to, const bytes& what) {
  calls then;
  {
    const std::lock_guard lock{mutex_};
    auto* const p = find(to.name);
    if (p == nullptr || p->at() != peer::stage::up || (to.incarnation != 0 && to.incarnation != p->info.id.incarnation))
      return false;
    put(*p, what, then);
  }
  run(then);
  return true;
}

// -- interest of this node --------------------------------------------------------------------------------------------

void peers::change(topic_bucket where, bool wanted, calls& then) {
  told_.set(where, wanted);
  ++change_;
  bool any = false;
  for (auto& [name, p] : peers_) {
    if (!p.has_link()) continue;
    any = true;
    p.tell(where, wanted);
    wake(p, then);
  }
  if (any && wanted) recent_[static_cast<std::uint32_t>(where)] = change_;
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
  if (!waits_) return true;
  return std::all_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const auto& p = entry.second;
    return !p.has_link() || p.is_slow() || p.knows(change);
  });
}

bool peers::when_wanted(topic_bucket where, std::function<void()> then, clock::time_point now) {
  if (links_.load(std::memory_order_acquire) == 0) return true;
  const std::lock_guard lock{mutex_};
  const auto found = recent_.find(static_cast<std::uint32_t>(where));
  if (found == recent_.end() || is_known_to_all(found->second)) return true;
  waiters_.push_back({found->second, now + limits_.node_interest_timeout, std::move(then)});
  return false;
}

void peers::settle_waiters(clock::time_point now, calls& then) {
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
    then.push_back(std::make_shared<const std::function<void()>>(std::move(w.then)));
    return true;
  });
}

}  // namespace bennu
