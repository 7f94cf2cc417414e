#include <bennu/channels/testing/explore.hpp>

#include <charconv>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace bennu::testing {

namespace {

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const std::string_view all{text};
  std::uint64_t value = 0;
  const auto [end, wrong] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (wrong == std::errc{} && end == all.data() + all.size()) return value;
  throw std::invalid_argument(std::string{name} + " must be a number, got \"" + text + '"');
}

}  // namespace

std::vector<std::uint64_t> seeds(std::size_t count) {
  if (const auto one = number_in_environment("BENNU_SEED")) return {*one};
  if (const auto other = number_in_environment("BENNU_SEEDS")) count = *other;
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

}  // namespace bennu::testing
