#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu {

/// The place of a socket among all of a cluster, and its text, such as "2-371-9f04c6b2d1e35a78@n1". The run is a random
/// number of each start of a node, so an old text never means a later socket. A plain value.
struct connection_id {
  std::string node;
  std::uint64_t run = 0;
  std::uint64_t loop = 0;
  std::uint64_t number = 0;

  std::string text() const;
  static std::optional<connection_id> parse(std::string_view text);
};

}  // namespace bennu
