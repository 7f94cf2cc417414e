#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <bennu/pubsub/internal/link_format.hpp>

namespace bennu {

/// The addresses of other nodes, and the times at which they are tried. Pure data: it opens no connection, and the time
/// is an argument.
///
/// An address is a seed, which was configured and is tried for ever, or was learned from another node, and is tried
/// while the node there is not connected. After a failure the next attempt comes later, up to `longest_pause`, and at a
/// random time, so that two nodes that lost each other do not dial each other at the same moment again and again.
class address_book {
public:
  using clock = std::chrono::steady_clock;

  address_book(std::vector<node_address> seeds, std::chrono::milliseconds longest_pause, std::uint64_t random_seed);

  /// Adds the address of a node that another node has announced. If the node has another address already, both are
  /// tried.
  /// @param later true if the other node should make the first attempt, because both learn of each other now
  void learn(const known_node& node, clock::time_point now, bool later);
  /// Removes a node: its addresses are not tried any more, except seeds.
  void forget(const std::string& name);

  /// The addresses to try now. An attempt is under way until `tried` is called for it.
  /// @param is_up returns true for connected nodes
  std::vector<node_address> due(clock::time_point now, const std::function<bool(const std::string& name)>& is_up);
  /// Ends an attempt. @param settled true if all nodes at the address are known; a seed is then tried again after the
  /// longest pause
  void tried(const node_address& where, bool settled, clock::time_point now);
  /// Called when a node was lost. Its addresses are tried soon, including those with an attempt in progress.
  void lost(const std::string& name, clock::time_point now);

  /// True if each address was tried once, or its node is up.
  bool all_tried(const std::function<bool(const std::string& name)>& is_up) const;
  bool is_seed(const node_address& where) const;

private:
  struct entry {
    std::string name;  ///< empty if it is not known which node is there
    bool is_seed = false;
    bool is_under_way = false;
    bool was_tried = false;
    bool is_urgent = false;  ///< its node was lost during the attempt
    clock::time_point next;
    std::chrono::milliseconds pause{};
  };

  std::chrono::milliseconds random_part(std::chrono::milliseconds of);

  const std::chrono::milliseconds longest_pause_;
  std::map<node_address, entry> entries_;
  std::minstd_rand random_;
};

}  // namespace bennu
