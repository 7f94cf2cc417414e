#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu {

/// A hash for tables of names that clients choose. Its key is random and is made once in each process, so nobody can
/// choose names that collide and make a table slow with them. Other nodes compute other values: use `topic_hash` for
/// what nodes send each other. Any thread.
std::uint64_t keyed_hash(std::string_view name) noexcept;

/// Hashes the keys of the standard's tables, which then look up any text without a copy of it.
struct keyed_hasher {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept { return keyed_hash(name); }
};

}  // namespace bennu
