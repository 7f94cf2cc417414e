#include <bennu/transport/version.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {
namespace {

/// The limit of Elixir as well. It prevents overflows.
constexpr std::size_t max_digits = 14;

bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit); }

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (!is_number(text) || text.size() > max_digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string_view> split_at_dots(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_ascii_digit(c) || is_ascii_alpha(c) || c == '-'; });
}

/// Removes the part of `text` from the first `mark` on, and returns it without the mark.
std::optional<std::string_view> cut_off(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto tail = text.substr(at + 1);
  text = text.substr(0, at);
  return tail;
}

bool parse_pre(std::string_view text, version& out) {
  for (const auto part : split_at_dots(text)) {
    if (!is_identifier(part)) return false;
    if (!is_number(part)) {
      out.pre.emplace_back(std::string{part});
    } else if (const auto number = parse_number(part)) {
      out.pre.emplace_back(*number);
    } else {
      return false;
    }
  }
  return true;
}

/// @param min_numbers 2 if the patch may be left out
std::optional<version> parse_parts(std::string_view text, std::size_t min_numbers) {
  version result;
  const auto build = cut_off(text, '+');
  const auto pre = cut_off(text, '-');
  const auto numbers = split_at_dots(text);
  if (numbers.size() < min_numbers || numbers.size() > 3) return std::nullopt;
  std::uint64_t* const fields[] = {&result.major, &result.minor, &result.patch};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = parse_number(numbers[i]);
    if (!number) return std::nullopt;
    *fields[i] = *number;
  }
  if (pre && !parse_pre(*pre, result)) return std::nullopt;
  if (build) {
    const auto parts = split_at_dots(*build);
    if (!std::all_of(parts.begin(), parts.end(), is_identifier)) return std::nullopt;
    result.build = *build;
  }
  return result;
}

}  // namespace

std::optional<version> version::parse(std::string_view text) { return parse_parts(text, 3); }

std::strong_ordering operator<=>(const version& a, const version& b) {
  if (const auto order = a.major <=> b.major; order != 0) return order;
  if (const auto order = a.minor <=> b.minor; order != 0) return order;
  if (const auto order = a.patch <=> b.patch; order != 0) return order;
  if (a.pre.empty() != b.pre.empty()) return a.pre.empty() <=> b.pre.empty();
  // A variant orders its first type before the second, so numbers come before words.
  return a.pre <=> b.pre;
}

version_requirement::version_requirement(std::string_view text) {
  const auto parsed = text.starts_with("~>") ? parse_parts(trim(text.substr(2)), 2) : std::nullopt;
  if (!parsed) {
    throw std::invalid_argument("version requirement \"" + std::string{text} +
                                "\": expected \"~> \" and a version, such as \"~> 2.0.0\" (from 2.0.0 to before 2.1.0) "
                                "or \"~> 2.0\" (to before 3.0.0)");
  }
  first_ = *parsed;
  const auto numbers = text.substr(0, text.find_first_of("-+"));
  const bool has_patch = std::count(numbers.begin(), numbers.end(), '.') == 2;
  end_.major = has_patch ? first_.major : first_.major + 1;
  end_.minor = has_patch ? first_.minor + 1 : 0;
  // The least of all pre-releases, so that none of them is below the end.
  end_.pre = {std::uint64_t{0}};
}

std::optional<version> requested_version(const json& params) {
  const auto* vsn = params.find("vsn");
  if (vsn == nullptr) return version::parse("1.0.0");
  const auto* text = vsn->if_string();
  return text == nullptr ? std::nullopt : version::parse(*text);
}

}  // namespace bennu
