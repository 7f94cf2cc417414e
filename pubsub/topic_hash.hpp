#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bennu {

/// A hash of a topic's name that is the same on every node. Nodes use it to announce their interest.
inline std::uint64_t topic_hash(std::string_view name) noexcept {
  static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
  std::uint64_t hash = name.size() * factor;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
  };
  for (; name.size() >= sizeof(std::uint64_t); name.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), sizeof word);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (!name.empty()) std::memcpy(&rest, name.data(), name.size());
  mix(rest);
  return hash;
}

}  // namespace bennu
