#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace bennu {

/// One run of one node, as the others tell it apart.
struct replica {
  std::string name;  ///< the node's, the same after a restart
  /// The run's: a higher one after a restart, so that what an earlier run left behind is not taken for its.
  std::uint64_t vsn = 0;

  friend auto operator<=>(const replica&, const replica&) = default;
};

}  // namespace bennu
