#include <bennu/channels/internal/option.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>

namespace bennu {

namespace {

/// The number of letters to insert, remove or replace that make one text of the other (Levenshtein).
std::size_t edit_distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t k = 0; k < other.size(); ++k) {
      const auto replaced = diagonal + (one[i] == other[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({replaced, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string option::flag() const {
  auto text = "--" + name;
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string option::variable() const {
  auto text = "BENNU_" + name;
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

const option* find_option(const std::vector<option>& all, std::string_view name) noexcept {
  const auto has_name = [&](const option& o) { return o.name == name || (!o.old_name.empty() && o.old_name == name); };
  const auto found = std::find_if(all.begin(), all.end(), has_name);
  return found != all.end() ? &*found : nullptr;
}

std::string similar_option(const std::vector<option>& all, std::string_view name,
                           const std::function<std::string(const option&)>& shown) {
  constexpr std::size_t longest = 64;
  if (all.empty() || name.size() > longest) return {};
  const auto distance = [&](const option& o) { return edit_distance(o.name, name); };
  const auto nearest = std::min_element(all.begin(), all.end(),
                                        [&](const option& a, const option& b) { return distance(a) < distance(b); });
  if (distance(*nearest) > std::max<std::size_t>(2, name.size() / 3) || distance(*nearest) >= name.size()) return {};
  return " (did you mean " + shown(*nearest) + "?)";
}

}  // namespace bennu
