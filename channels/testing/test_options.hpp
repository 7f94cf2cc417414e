#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <bennu/runtime/limits.hpp>

namespace bennu::testing {

/// The frequency of random network failures in a test with a seed, in steps of 10,000.
struct faults {
  unsigned cuts = 0;    ///< the connection of a client is cut
  unsigned stalls = 0;  ///< a client does not read until no other step is possible
  unsigned splits = 0;  ///< a node is cut off from another one; healed at random, at the latest by `settle`

  static constexpr unsigned scale = 10'000;
};

struct test_options {
  /// With a seed, the next step is chosen at random, in the same way for the same seed; see `explore`.
  std::optional<std::uint64_t> seed = std::nullopt;
  bennu::limits limits = {};
  testing::faults faults = {};
  /// The number of I/O threads of each node, among which its clients are distributed. The default is 1, or a random
  /// number with a seed.
  std::optional<std::size_t> threads = std::nullopt;
};

}  // namespace bennu::testing
