#include <bennu/channels/testing/internal/network.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include <bennu/channels/testing/internal/wire.hpp>

namespace bennu::testing {

/// A node, connected to the wires.
class network::member final : public adapter {
public:
  using buckets = std::set<topic_bucket>;

  member(network& of, node_id self, const limits& l) : network_(of), self_(std::move(self)), limits_(l) {}
  ~member() override { stop(); }

  // -- adapter --------------------------------------------------------------------------------------------------------

  void start(host& of) override {
    host_ = &of;
    network_.members_[self_.name] = this;
    for (const auto& [name, other] : network_.members_) {
      if (other != this) network_.heal(self_.name, name);
    }
  }
  void stop() override {
    if (host_ != nullptr) network_.remove(self_.name);
    host_ = nullptr;
  }

  const node_id& self() const noexcept override { return self_; }
  std::vector<node_info> nodes() const override {
    std::vector<node_info> all;
    for (const auto& [name, p] : peers_) {
      auto& info = all.emplace_back();
      info.id = p.id;
      info.state = node_state::up;
    }
    return all;
  }

  bool has_interest(topic_bucket where) const override {
    return std::any_of(peers_.begin(), peers_.end(), [&](const auto& p) { return p.second.interest.contains(where); });
  }
  void broadcast(topic_bucket where, const bytes& message) override {
    for (const auto& [name, p] : peers_) {
      if (p.interest.contains(where)) put(name, message);
    }
  }
  void send_to_all(const bytes& message) override {
    for (const auto& [name, p] : peers_) put(name, message);
  }
  bool send(const node_id& to, const bytes& message) override {
    const auto found = peers_.find(to.name);
    if (found == peers_.end() || (to.incarnation != 0 && to.incarnation != found->second.id.incarnation)) return false;
    put(to.name, message);
    return true;
  }

  void on_interest(topic_bucket where) override {
    if (host_ == nullptr) return;
    const bool interested = host_->is_interested(where);
    interested ? void(interest_.insert(where)) : void(interest_.erase(where));
    for (auto& [name, p] : peers_) {
      if (!interested) p.knows.erase(where);
    }
    for (const auto& [name, other] : network_.members_) {
      if (other == this) continue;
      to(name).put([this, other, where, interested] { other->hear_interest(*this, where, interested); });
    }
  }
  bool when_interest_known(topic_bucket where, std::function<void()> then) override {
    if (is_known(where)) return true;
    const auto id = ++waiter_count_;
    waiters_.push_back({id, where, std::move(then)});
    auto& order = network_.schedule_;
    order.run_at(order.now() + limits_.node_interest_timeout,
                 [this, id] { call_waiters([id](const waiter& w) { return w.id == id; }); });
    return false;
  }

  // -- events from the wires ------------------------------------------------------------------------------------------

  void hear_up(const member& from, const node_id& who, const buckets& interest) {
    peers_[who.name] = {who, interest, {}};
    host_->on_node_up(who);
    for (const auto where : interest) acknowledge(from, where);
  }
  void hear_down(const std::string& name) {
    const auto found = peers_.find(name);
    if (found == peers_.end()) return;
    const auto who = found->second.id;
    peers_.erase(found);
    host_->on_node_down(who);
    call_who_knows();
  }

  buckets interest() const { return interest_; }

private:
  struct peer {
    node_id id;
    buckets interest;
    buckets knows;  ///< the interest of this node, as far as the other one knows it
  };
  struct waiter {
    std::size_t id;
    topic_bucket where;
    std::function<void()> then;
  };

  wire& to(const std::string& name) { return network_.from(self_.name, name); }

  void put(const std::string& name, const bytes& message) {
    const auto found = network_.members_.find(name);
    if (found == network_.members_.end()) return;  // it is gone, which was not noticed here yet
    to(name).put_message([from = self_, other = found->second, message] { other->host_->on_message(from, *message); },
                         [from = self_, other = found->second] { other->host_->on_loss(from); });
  }
  void hear_interest(member& from, topic_bucket where, bool interested) {
    const auto found = peers_.find(from.self_.name);
    if (found == peers_.end()) return;
    auto& interest = found->second.interest;
    interested ? void(interest.insert(where)) : void(interest.erase(where));
    if (interested) acknowledge(from, where);
  }
  void acknowledge(const member& asked, topic_bucket where) {
    auto* const other = network_.members_.at(asked.self_.name);
    to(asked.self_.name).put([other, name = self_.name, where] { other->hear_acknowledged(name, where); });
  }
  void hear_acknowledged(const std::string& name, topic_bucket where) {
    const auto found = peers_.find(name);
    if (found == peers_.end() || !interest_.contains(where)) return;
    found->second.knows.insert(where);
    call_who_knows();
  }

  bool is_known(topic_bucket where) const {
    return std::all_of(peers_.begin(), peers_.end(), [&](const auto& p) { return p.second.knows.contains(where); });
  }
  void call_who_knows() {
    call_waiters([this](const waiter& w) { return is_known(w.where); });
  }
  void call_waiters(const std::function<bool(const waiter&)>& which) {
    std::vector<std::function<void()>> due;
    std::erase_if(waiters_, [&](waiter& w) {
      if (!which(w)) return false;
      due.push_back(std::move(w.then));
      return true;
    });
    for (const auto& then : due) then();
  }

  network& network_;
  node_id self_;
  const limits& limits_;
  host* host_ = nullptr;
  std::map<std::string, peer> peers_;  // that are up
  buckets interest_;
  std::vector<waiter> waiters_;
  std::size_t waiter_count_ = 0;
};

network::network(schedule& when) : schedule_(when) {}

network::~network() = default;

std::unique_ptr<adapter> network::join(const std::string& name, const limits& of) {
  return std::make_unique<member>(*this, node_id{name, ++runs_[name]}, of);
}

wire& network::from(const std::string& a, const std::string& b) {
  auto& place = wires_[{a, b}];
  if (place == nullptr) place = std::make_unique<wire>(schedule_);
  return *place;
}

bool network::is_cut(const std::string& a, const std::string& b) const {
  const auto found = wires_.find({a, b});
  return found == wires_.end() || found->second->is_cut();
}

void network::cut(const std::string& a, const std::string& b) {
  if (is_cut(a, b)) return;
  for (const auto& [here, there] : {std::pair{a, b}, std::pair{b, a}}) {
    auto& incoming = from(there, here);
    incoming.cut();
    incoming.put_all_the_same([to = members_.at(here), name = there] { to->hear_down(name); });
  }
}

void network::heal(const std::string& a, const std::string& b) {
  if (!is_cut(a, b) || !members_.contains(a) || !members_.contains(b)) return;
  for (const auto& [here, there] : {std::pair{a, b}, std::pair{b, a}}) {
    auto& incoming = from(there, here);
    auto* const other = members_.at(there);
    incoming.heal();
    incoming.put([to = members_.at(here), other, who = other->self(), interest = other->interest()] {
      to->hear_up(*other, who, interest);
    });
  }
}

void network::hold(const std::string& a, const std::string& b) { from(a, b).hold(true); }

void network::release(const std::string& a, const std::string& b) { from(a, b).hold(false); }

void network::lose(const std::string& a, const std::string& b, std::size_t messages) { from(a, b).lose(messages); }

void network::remove(const std::string& name) {
  for (const auto& [other, m] : members_) {
    if (other != name) cut(name, other);
  }
  std::erase_if(wires_, [&](const auto& w) { return w.first.second == name; });
  members_.erase(name);
}

}  // namespace bennu::testing
