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

/// Where other nodes are looked for, and when. Pure data: it connects nowhere itself, and is told what time it is.
///
/// An address is a seed, which was configured and is looked at for ever, or was learned from another node, and is
/// looked at while the node there is not connected. After a failure the next attempt comes later, up to
/// `longest_pause`, and at a random time, so that nodes that lost each other do not keep on meeting halfway.
class address_book {
public:
  using clock = std::chrono::steady_clock;

  address_book(std::vector<node_address> seeds, std::chrono::milliseconds longest_pause, std::uint64_t random_seed);

  /// A node was heard of. Where it has another address already, it is looked for at both.
  /// @param later to leave the first attempt to the other one of two nodes that hear of each other
  void learn(const known_node& node, clock::time_point now, bool later);
  /// Its addresses are not looked at any more, but for seeds.
  void forget(const std::string& name);

  /// What to try now; each is tried until `tried` is called for it.
  /// @param is_up whether a node is connected
  std::vector<node_address> due(clock::time_point now, const std::function<bool(const std::string& name)>& is_up);
  /// An attempt is over. @param reached whether a node answered, connected to or not
  void tried(const node_address& where, bool reached, clock::time_point now);
  /// A node was lost: its addresses are tried soon.
  void lost(const std::string& name, clock::time_point now);

private:
  struct entry {
    std::string name;  ///< empty where it is not known who is there
    bool is_seed = false;
    bool under_way = false;
    clock::time_point next;
    std::chrono::milliseconds pause{};
  };

  std::chrono::milliseconds random_part(std::chrono::milliseconds of);

  const std::chrono::milliseconds longest_pause_;
  std::map<node_address, entry> entries_;
  std::minstd_rand random_;
};

}  // namespace bennu
