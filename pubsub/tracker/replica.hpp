#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace bennu {

/// Identifies one incarnation of one node.
struct replica {
  std::string name;  ///< the node's name, the same after a restart
  /// Greater after a restart, so that data of an earlier incarnation is not mistaken for data of this one.
  std::uint64_t incarnation = 0;

  friend auto operator<=>(const replica&, const replica&) = default;
};

}  // namespace bennu
