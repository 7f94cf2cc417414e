#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu {

/// A hash for tables of names that clients choose. It is another one in each process, so nobody can find names that
/// fall together and make a table slow with them; and it says nothing to other nodes: `topic_hash` does. Any thread.
std::uint64_t secret_hash(std::string_view name) noexcept;

/// For the standard's tables: they look up any text without a copy of it.
struct secret_hasher {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept { return secret_hash(name); }
};

}  // namespace bennu
