#include <bennu/pubsub/keyed_hash.hpp>

#include <cstring>
#include <random>

namespace bennu {

namespace {

struct hash_key {
  std::uint64_t seed;
  std::uint64_t factor;
};

hash_key random_key() {
  std::random_device source;
  const auto number = [&] { return std::uint64_t{source()} << 32 | source(); };
  return {number(), number() | 1};
}

/// Combines both halves of a product. Each bit of the result depends on the secret factor. So the effect of a
/// difference between two words cannot be predicted without the factor. The lower half alone would allow that.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const auto product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint64_t keyed_hash(std::string_view name) noexcept {
  static const auto key = random_key();
  const auto size = name.size();
  auto hash = key.seed;
  for (; name.size() >= sizeof(std::uint64_t); name.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), sizeof word);
    hash = fold(hash ^ word, key.factor);
  }
  std::uint64_t rest = 0;
  if (!name.empty()) std::memcpy(&rest, name.data(), name.size());
  // The size is mixed in after the last bytes, because within one step it could cancel them out.
  return fold(fold(hash ^ rest, key.factor) ^ size, key.seed | 1);
}

}  // namespace bennu
