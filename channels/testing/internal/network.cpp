#include <bennu/channels/testing/internal/network.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <set>
#include <vector>

namespace bennu::testing {

/// One direction between two nodes.
class network::wire final : public schedule::stepper {
public:
  explicit wire(schedule& when) : stepper(turn::before_threads), schedule_(when) {}
  ~wire() override { schedule_.forget(*this); }

  bool ready() const override { return !held_ && !events_.empty(); }
  void step() override {
    const auto first = std::move(events_.front());
    events_.pop_front();
    first();
    schedule_.update(*this);
  }

  /// Where the link is cut, it comes to nothing.
  void put(std::function<void()> event) {
    if (!cut_) put_all_the_same(std::move(event));
  }
  void put_message(std::function<void()> event) {
    if (to_lose_ > 0 && !cut_) {
      --to_lose_;
    } else {
      put(std::move(event));
    }
  }
  /// What the other side notices by itself.
  void put_all_the_same(std::function<void()> event) {
    events_.push_back(std::move(event));
    schedule_.update(*this);
  }

  bool is_cut() const noexcept { return cut_; }
  void cut() {
    cut_ = true;
    to_lose_ = 0;
    events_.clear();
    schedule_.update(*this);
  }
  void heal() { cut_ = false; }
  void hold(bool wanted) {
    held_ = wanted;
    schedule_.update(*this);
  }
  void lose(std::size_t messages) { to_lose_ += messages; }

private:
  schedule& schedule_;
  std::deque<std::function<void()>> events_;
  bool cut_ = true;
  bool held_ = false;
  std::size_t to_lose_ = 0;
};

/// A node, as it hangs on the wires.
class network::member final : public adapter {
public:
  using buckets = std::set<topic_bucket>;

  member(network& of, node_id self) : network_(of), self_(std::move(self)) {}
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

  bool is_wanted(topic_bucket where) const override {
    return std::any_of(peers_.begin(), peers_.end(), [&](const auto& p) { return p.second.wants.contains(where); });
  }
  void broadcast(topic_bucket where, const bytes& what) override {
    for (const auto& [name, p] : peers_) {
      if (p.wants.contains(where)) put(name, what);
    }
  }
  void send_to_all(const bytes& what) override {
    for (const auto& [name, p] : peers_) put(name, what);
  }
  bool send(const node_id& to, const bytes& what) override {
    const auto found = peers_.find(to.name);
    if (found == peers_.end() || (to.run != 0 && to.run != found->second.id.run)) return false;
    put(to.name, what);
    return true;
  }

  void on_interest(topic_bucket where) override {
    if (host_ == nullptr) return;
    const bool wanted = host_->wants(where);
    wanted ? void(wanted_.insert(where)) : void(wanted_.erase(where));
    for (auto& [name, p] : peers_) {
      if (!wanted) p.knows.erase(where);
    }
    for (const auto& [name, other] : network_.members_) {
      if (other == this) continue;
      to(name).put([this, other, where, wanted] { other->hear_interest(*this, where, wanted); });
    }
  }
  bool when_wanted(topic_bucket where, std::function<void()> then) override {
    if (is_known(where)) return true;
    waiters_.push_back({where, std::move(then)});
    return false;
  }

  // -- what the wires bring -------------------------------------------------------------------------------------------

  void hear_up(const member& from, const node_id& who, const buckets& wanted) {
    peers_[who.name] = {who, wanted, {}};
    host_->on_node_up(who);
    for (const auto where : wanted) acknowledge(from, where);
  }
  void hear_down(const std::string& name) {
    const auto found = peers_.find(name);
    if (found == peers_.end()) return;
    const auto who = found->second.id;
    peers_.erase(found);
    host_->on_node_down(who);
    call_waiters();
  }

  buckets wanted() const { return wanted_; }

private:
  struct peer {
    node_id id;
    buckets wants;
    buckets knows;  ///< of what we want
  };
  struct waiter {
    topic_bucket where;
    std::function<void()> then;
  };

  wire& to(const std::string& name) { return network_.from(self_.name, name); }

  void put(const std::string& name, const bytes& what) {
    auto* const other = network_.members_.at(name);
    to(name).put_message([from = self_, other, what] { other->host_->on_message(from, *what); });
  }
  void hear_interest(member& from, topic_bucket where, bool wanted) {
    const auto found = peers_.find(from.self_.name);
    if (found == peers_.end()) return;
    auto& wants = found->second.wants;
    wanted ? void(wants.insert(where)) : void(wants.erase(where));
    if (wanted) acknowledge(from, where);
  }
  void acknowledge(const member& asked, topic_bucket where) {
    auto* const other = network_.members_.at(asked.self_.name);
    to(asked.self_.name).put([other, name = self_.name, where] { other->hear_acknowledged(name, where); });
  }
  void hear_acknowledged(const std::string& name, topic_bucket where) {
    const auto found = peers_.find(name);
    if (found == peers_.end() || !wanted_.contains(where)) return;
    found->second.knows.insert(where);
    call_waiters();
  }

  bool is_known(topic_bucket where) const {
    return std::all_of(peers_.begin(), peers_.end(), [&](const auto& p) { return p.second.knows.contains(where); });
  }
  void call_waiters() {
    std::vector<std::function<void()>> due;
    std::erase_if(waiters_, [&](waiter& w) {
      if (!is_known(w.where)) return false;
      due.push_back(std::move(w.then));
      return true;
    });
    for (const auto& then : due) then();
  }

  network& network_;
  node_id self_;
  host* host_ = nullptr;
  std::map<std::string, peer> peers_;  // that are up
  buckets wanted_;
  std::vector<waiter> waiters_;
};

network::network(schedule& when) : schedule_(when) {}

network::~network() = default;

std::unique_ptr<adapter> network::join(const std::string& name) {
  return std::make_unique<member>(*this, node_id{name, ++runs_[name]});
}

network::wire& network::from(const std::string& a, const std::string& b) {
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
    incoming.put([to = members_.at(here), other, who = other->self(), wanted = other->wanted()] {
      to->hear_up(*other, who, wanted);
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
