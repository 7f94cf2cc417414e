#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace bennu {

/// One incarnation of one node, as the others tell it apart.
struct replica {
  std::string name;  ///< the node's, the same after a restart
  /// Greater after a restart, so that what an earlier incarnation left behind is not taken for this one's.
  std::uint64_t incarnation = 0;

  friend auto operator<=>(const replica&, const replica&) = default;
};

}  // namespace bennu
