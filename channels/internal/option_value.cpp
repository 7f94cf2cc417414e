#include <bennu/channels/internal/option_value.hpp>

#include <charconv>
#include <span>
#include <stdexcept>
#include <system_error>

#include <bennu/runtime/text_file.hpp>

namespace bennu {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t size;
};

constexpr unit units_of_time[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr unit units_of_size[] = {
    {"B", 1},      {"kB", 1000},         {"MB", 1'000'000},          {"GB", 1'000'000'000},
    {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};

[[noreturn]] void refuse(std::string_view wanted, std::uint64_t least, std::uint64_t most, std::string_view text) {
  throw std::invalid_argument("takes " + std::string{wanted} + " from " + std::to_string(least) + " to " +
                              std::to_string(most) + ", got \"" + std::string{text} + '"');
}

std::uint64_t quantity(std::string_view text, std::span<const unit> units, std::string_view wanted, std::uint64_t least,
                       std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc{}) refuse(wanted, least, most, text);
  std::uint64_t factor = rest.empty() ? 1 : 0;
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  for (const auto& u : units) {
    if (rest == u.name) factor = u.size;
  }
  if (factor == 0 || number > most / factor || number * factor < least) refuse(wanted, least, most, text);
  return number * factor;
}

}  // namespace

std::uint64_t number_of(std::string_view text, std::uint64_t least, std::uint64_t most) {
  return quantity(text, {}, "a number", least, most);
}

std::uint64_t milliseconds_of(std::string_view text, std::uint64_t least, std::uint64_t most) {
  return quantity(text, units_of_time, "milliseconds, or a number with the unit ms, s, min, h or d,", least, most);
}

std::uint64_t count_of(std::string_view text, std::uint64_t least, std::uint64_t most) {
  return quantity(text, units_of_size, "a number, or one with the unit kB, MB, GB, KiB, MiB or GiB,", least, most);
}

bool flag_of(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw std::invalid_argument("takes true or false, got \"" + std::string{text} + '"');
}

std::string secret_in(const std::string& path, std::string_view content) {
  auto text = read_text_file(path, std::string{content});
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace bennu
