#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/adapter.hpp>

/// Several nodes in one thread. Messages between them wait until the test delivers them.
class memory_network {
public:
  class node;

  /// Creates the adapter of a node. The network must outlive it.
  std::unique_ptr<bennu::adapter> join(const std::string& name, std::uint64_t incarnation = 1);

  /// Links two nodes: both are told of each other, and of their interest.
  void link(const std::string& a, const std::string& b);
  /// Cuts a link: both nodes notice that the other is gone, and messages on their way are lost.
  void cut(const std::string& a, const std::string& b);
  /// Drops the next messages from one node to another, which is told, as by an adapter whose queue is full.
  void drop(const std::string& from, const std::string& to, std::size_t messages) { to_drop_[{from, to}] = messages; }
  /// Delivers all messages under way, and those that they cause.
  void settle();
  /// Delivers or loses one event under way, in the order of its link. @param which any number
  /// @returns false if nothing is under way
  bool step(std::size_t which, bool lose = false);
  /// The number of messages under way from one node to another, without those about interest.
  std::size_t on_the_way(const std::string& from, const std::string& to) const;

  std::size_t most_bytes = 0;  ///< size of the largest message so far

private:
  using event = std::function<void()>;

  std::map<std::string, node*> nodes_;
  std::map<std::pair<std::string, std::string>, std::deque<event>> wires_;
  std::map<std::pair<std::string, std::string>, std::size_t> messages_;
  std::map<std::pair<std::string, std::string>, std::size_t> to_drop_;
};

class memory_network::node final : public bennu::adapter {
public:
  node(memory_network& net, bennu::node_id self) : net_(net), self_(std::move(self)) {}
  ~node() override { net_.nodes_.erase(self_.name); }

  void start(host& of) override {
    host_ = &of;
    net_.nodes_[self_.name] = this;
  }
  void stop() override { host_ = nullptr; }
  const bennu::node_id& self() const noexcept override { return self_; }

  std::vector<bennu::node_info> nodes() const override {
    std::vector<bennu::node_info> all;
    for (const auto& [name, peer] : peers_) {
      auto& info = all.emplace_back();
      info.id = peer.id;
      info.state = bennu::node_state::up;
    }
    return all;
  }

  bool has_interest(bennu::topic_bucket where) const override {
    for (const auto& [name, peer] : peers_) {
      if (peer.interest.contains(where)) return true;
    }
    return false;
  }
  void broadcast(bennu::topic_bucket where, const bytes& message) override {
    for (const auto& [name, peer] : peers_) {
      if (peer.interest.contains(where)) put(name, message);
    }
  }
  void send_to_all(const bytes& message) override {
    for (const auto& [name, peer] : peers_) put(name, message);
  }
  bool send(const bennu::node_id& to, const bytes& message) override {
    const auto found = peers_.find(to.name);
    if (found == peers_.end() || (to.incarnation != 0 && to.incarnation != found->second.id.incarnation)) return false;
    put(to.name, message);
    return true;
  }

  void on_interest(bennu::topic_bucket where) override {
    if (host_ == nullptr) return;
    const bool interested = host_->is_interested(where);
    set(interest_, where, interested);
    for (const auto& [name, peer] : peers_) announce(name, where, interested);
  }
  bool when_interest_known(bennu::topic_bucket, std::function<void()> then) override {
    bool all_know = true;
    for (const auto& [name, peer] : peers_) all_know &= net_.wires_[{self_.name, name}].empty();
    if (all_know) return true;
    const auto left = std::make_shared<std::size_t>(peers_.size());
    for (const auto& [name, peer] : peers_) {
      net_.wires_[{self_.name, name}].push_back([left, then] {
        if (--*left == 0) then();
      });
    }
    return false;
  }

private:
  friend memory_network;
  struct peer {
    bennu::node_id id;
    std::set<bennu::topic_bucket> interest;
  };

  static void set(std::set<bennu::topic_bucket>& in, bennu::topic_bucket where, bool interested) {
    if (interested) {
      in.insert(where);
    } else {
      in.erase(where);
    }
  }
  void put(const std::string& to, const bytes& message) {
    if (auto& left = net_.to_drop_[{self_.name, to}]; left > 0) {
      --left;
      net_.wires_[{self_.name, to}].push_back([this, to] {
        if (auto* const other = net_.nodes_.at(to)->host_) other->on_loss(self_);
      });
      return;
    }
    ++net_.messages_[{self_.name, to}];
    net_.most_bytes = std::max(net_.most_bytes, message->size());
    net_.wires_[{self_.name, to}].push_back([this, to, message] {
      --net_.messages_[{self_.name, to}];
      auto* const other = net_.nodes_.at(to);
      if (other->host_ != nullptr) other->host_->on_message(self_, *message);
    });
  }
  void announce(const std::string& to, bennu::topic_bucket where, bool interested) {
    net_.wires_[{self_.name, to}].push_back(
        [this, to, where, interested] { set(net_.nodes_.at(to)->peers_.at(self_.name).interest, where, interested); });
  }

  memory_network& net_;
  bennu::node_id self_;
  host* host_ = nullptr;
  std::map<std::string, peer> peers_;
  std::set<bennu::topic_bucket> interest_;
};

inline std::unique_ptr<bennu::adapter> memory_network::join(const std::string& name, std::uint64_t incarnation) {
  return std::make_unique<node>(*this, bennu::node_id{name, incarnation});
}

inline void memory_network::link(const std::string& a, const std::string& b) {
  for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
    auto* const here = nodes_.at(to);
    auto* const other = nodes_.at(from);
    here->peers_[from] = {other->self_, other->interest_};
    here->host_->on_node_up(other->self_);
  }
}

inline void memory_network::cut(const std::string& a, const std::string& b) {
  for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
    wires_[{from, to}].clear();
    messages_[{from, to}] = 0;
    auto* const here = nodes_.at(to);
    const auto gone = here->peers_.at(from).id;
    here->peers_.erase(from);
    here->host_->on_node_down(gone);
  }
}

inline void memory_network::settle() {
  for (bool any = true; any;) {
    any = false;
    for (auto& [ends, wire] : wires_) {
      while (!wire.empty()) {
        any = true;
        const auto next = std::move(wire.front());
        wire.pop_front();
        next();
      }
    }
  }
}

inline bool memory_network::step(std::size_t which, bool lose) {
  std::vector<std::deque<event>*> busy;
  for (auto& [ends, wire] : wires_) {
    if (!wire.empty()) busy.push_back(&wire);
  }
  if (busy.empty()) return false;
  auto& wire = *busy[which % busy.size()];
  const auto next = std::move(wire.front());
  wire.pop_front();
  if (!lose) next();
  return true;
}

inline std::size_t memory_network::on_the_way(const std::string& from, const std::string& to) const {
  const auto found = messages_.find({from, to});
  return found != messages_.end() ? found->second : 0;
}
