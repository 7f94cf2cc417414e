#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace bennu {

/// One run of one node, as the others tell it apart.
struct replica {
  std::string name;  ///< the node's, the same after a restart
  std::uint64_t vsn =
      0;  ///< the run's: another one after a restart, so that what an earlier run left behind is not taken for its

  friend auto operator<=>(const replica&, const replica&) = default;
};

}  // namespace bennu
