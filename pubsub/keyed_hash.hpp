#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu {

/// A hash for tables of names that clients choose. Its key is random and is made once in each process, so a
/// client cannot choose names that collide and make a table slow. Other nodes compute other values: use `topic_hash` in
/// messages between nodes. Any thread may call.
std::uint64_t keyed_hash(std::string_view name) noexcept;

/// A hasher for standard containers, which can then look up any text without a copy of it.
struct keyed_hasher {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept { return keyed_hash(name); }
};

}  // namespace bennu
