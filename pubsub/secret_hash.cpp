#include <bennu/pubsub/secret_hash.hpp>

#include <cstring>
#include <random>

namespace bennu {

namespace {

struct secrets {
  std::uint64_t seed;
  std::uint64_t factor;
};

secrets made_up() {
  std::random_device source;
  const auto number = [&] { return std::uint64_t{source()} << 32 | source(); };
  return {number(), number() | 1};
}

/// Both halves of a product: each bit of it depends on the secret factor, and no difference between two words passes
/// through in a way that could be foreseen, as it does through the lower half alone.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const auto product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint64_t secret_hash(std::string_view name) noexcept {
  static const auto secret = made_up();
  const auto size = name.size();
  auto hash = secret.seed;
  for (; name.size() >= sizeof(std::uint64_t); name.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), sizeof word);
    hash = fold(hash ^ word, secret.factor);
  }
  std::uint64_t rest = 0;
  if (!name.empty()) std::memcpy(&rest, name.data(), name.size());
  // Where a name ends says its size, after a step: in the same one as the last bytes, it could make up for them.
  return fold(fold(hash ^ rest, secret.factor) ^ size, secret.seed | 1);
}

}  // namespace bennu
