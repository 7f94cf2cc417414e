#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/internal/peers.hpp>

namespace bennu {

/// The nodes that are up, which it announces to each other so that each of them can dial the others. One thread.
class node_announcer {
public:
  using clock = std::chrono::steady_clock;

  explicit node_announcer(peers& others) : others_(others) {}

  bool is_up(const std::string& name) const { return up_.contains(name); }
  std::vector<known_node> nodes() const;

  /// Adds a node that has come up, and announces it to the others.
  void add(const known_node& node);
  void remove(const std::string& name) { up_.erase(name); }
  void clear() { up_.clear(); }

  /// Must be called a few times a second. Every few seconds, announces all nodes that are up to one of them, another
  /// one each time: earlier announcements may have been lost, or be needed again.
  void tick(clock::time_point now);

private:
  peers& others_;
  std::map<std::string, node_address> up_;
  clock::time_point next_ = clock::now();
  std::string last_receiver_;
};

}  // namespace bennu
