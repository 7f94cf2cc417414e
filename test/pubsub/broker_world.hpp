#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/pubsub/internal/broker_links.hpp>
#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/pubsub/topic_hash.hpp>

inline bennu::topic_bucket bucket(std::string_view topic) { return bennu::bucket_of(bennu::topic_hash(topic)); }

/// Nodes and a broker like Redis between them, in one thread and with a clock of their own.
class broker_world {
public:
  class node;
  using clock = bennu::broker_links::clock;

  /// Adds a connected node.
  node& start(const std::string& name, std::uint64_t incarnation = 1);
  void stop(const std::string& name) { nodes_.erase(name); }

  /// Delivers all sent messages, and those that they cause.
  void settle();
  /// Lets time pass, in steps of a tick.
  void pass(std::chrono::milliseconds time);
  /// Delivers a message of any sender through the broker to a node, or to all if the name is empty.
  void say(const std::string& to, std::string message) { wires_.emplace_back(to, std::move(message)); }
  /// The last message that is on its way to this node.
  std::string last_to(const std::string& name) const {
    const auto found =
        std::find_if(wires_.rbegin(), wires_.rend(), [&](const auto& wire) { return wire.first == name; });
    return found == wires_.rend() ? std::string{} : found->second;
  }
  /// Loses all messages that have not arrived.
  void lose() { wires_.clear(); }

  bennu::limits limits;
  clock::time_point now = clock::now();
  std::vector<std::string> log;

private:
  std::map<std::string, std::unique_ptr<node>> nodes_;
  std::deque<std::pair<std::string, std::string>> wires_;
};

class broker_world::node final : private bennu::broker_links::outlet, private bennu::adapter::host {
public:
  node(broker_world& world, bennu::node_id who)
      : self(std::move(who)),
        world_(world),
        log_(bennu::log_level::info,
             [&world](bennu::log_level, std::string_view line) { world.log.emplace_back(line); }),
        others(
            world.limits, log_, [this](bennu::topic_bucket where) { return interest_.contains(where); },
            world.limits.max_redis_message_bytes),
        links(self, "Redis", world.limits, log_, others, gate_, *this) {
    gate_.open(*this);
    connect();
  }

  void connect() {
    is_connected = true;
    links.connected(world_.now);
  }
  void disconnect() {
    is_connected = false;
    links.disconnected();
  }
  void set_interest(std::string_view topic) {
    interest_.insert(bucket(topic));
    others.on_interest(bucket(topic));
  }
  void broadcast(std::string_view topic, std::string message) {
    others.broadcast(bucket(topic), std::make_shared<const std::string>(std::move(message)));
  }
  bennu::node_info info(const std::string& name) const {
    for (const auto& one : others.nodes()) {
      if (one.id.name == name) return one;
    }
    return {};
  }
  std::vector<std::string> take() { return std::exchange(told_, {}); }
  void flush() {
    for (const auto& name : std::exchange(to_flush_, {})) links.flush(name);
  }

  const bennu::node_id self;
  bool is_connected = false;  ///< if false, no message is sent or received, even if the links do not know it
  bool full = false;

private:
  void send_to_all(std::string_view message) override { send_to("", message); }
  void send_to(const std::string& to, std::string_view message) override {
    if (is_connected) world_.say(to, std::string{message});
  }
  bool is_full() const override { return full; }
  void flush_soon(const std::string& to) override { to_flush_.push_back(to); }

  void on_node_up(const bennu::node_id& who) override { told_.push_back("up " + who.name + incarnation_of(who)); }
  void on_node_down(const bennu::node_id& who) override { told_.push_back("down " + who.name + incarnation_of(who)); }
  void on_message(const bennu::node_id& from, std::string_view message) override {
    told_.push_back(from.name + " says " + std::string{message});
  }
  bool is_interested(bennu::topic_bucket where) const noexcept override { return interest_.contains(where); }
  static std::string incarnation_of(const bennu::node_id& who) { return ' ' + std::to_string(who.incarnation); }

  broker_world& world_;
  bennu::logger log_;
  bennu::host_gate gate_;
  std::set<bennu::topic_bucket> interest_;
  std::vector<std::string> to_flush_;
  std::vector<std::string> told_;

public:
  bennu::peers others;
  bennu::broker_links links;
};

inline broker_world::node& broker_world::start(const std::string& name, std::uint64_t incarnation) {
  return *(nodes_[name] = std::make_unique<node>(*this, bennu::node_id{name, incarnation}));
}

inline void broker_world::settle() {
  do {
    for (const auto& [name, one] : nodes_) one->flush();
    if (wires_.empty()) continue;
    const auto [to, message] = std::move(wires_.front());
    wires_.pop_front();
    for (const auto& [name, one] : nodes_) {
      if (one->is_connected && (to.empty() || to == name)) one->links.heard(message, now);
    }
    for (const auto& [name, one] : nodes_) one->flush();
  } while (!wires_.empty());
}

inline void broker_world::pass(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds step{250};
  for (; time > std::chrono::milliseconds{0}; time -= step) {
    now += step;
    for (const auto& [name, one] : nodes_) one->links.tick(now);
    settle();
  }
}

/// Two linked nodes, whose records of the linking were cleared.
struct two_nodes {
  two_nodes() {
    b.set_interest("t");
    net.settle();
    a.take();
    b.take();
  }
  broker_world net;
  broker_world::node& a = net.start("a");
  broker_world::node& b = net.start("b");
};
