#include <bennu/transport/internal/path_pattern.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>

#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/query.hpp>

namespace bennu {

namespace {

/// Removes and returns the first segment of a path, and removes the slash after it.
std::string_view take_segment(std::string_view& path) {
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

bool is_variable(std::string_view segment) { return segment.starts_with(':'); }

std::string without_empty_segments(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c != '/' || !result.ends_with('/')) result.push_back(c);
  }
  if (result.size() > 1 && result.ends_with('/')) result.pop_back();
  return result;
}

}  // namespace

path_pattern::path_pattern(std::string_view path) : path_(without_empty_segments(path)) {
  if (!path_.starts_with('/')) {
    throw std::invalid_argument("the path \"" + path_ + "\" does not begin with a slash, as in \"/socket\"");
  }
  std::set<std::string_view> names;
  for (auto rest = std::string_view{path_}; !rest.empty();) {
    const auto segment = take_segment(rest);
    if (!is_variable(segment)) continue;
    has_variables_ = true;
    if (segment.size() > 1 && names.insert(segment).second) continue;
    throw std::invalid_argument("the path \"" + path_ + "\" has a segment \"" + std::string{segment} +
                                "\", which must be a name of its own, as in \"/rooms/:room\"");
  }
}

std::optional<path_pattern::variables> path_pattern::match(std::string_view path) const {
  variables found;
  if (!has_variables_) return path == path_ ? std::optional{found} : std::nullopt;
  std::string_view pattern{path_};
  if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/')) return std::nullopt;
  while (!pattern.empty()) {
    const auto wanted = take_segment(pattern);
    const auto segment = take_segment(path);
    if (!is_variable(wanted)) {
      if (segment != wanted) return std::nullopt;
      continue;
    }
    auto value = percent_decode(segment);
    if (segment.empty() || !value || !is_valid_utf8(*value)) return std::nullopt;
    found.emplace_back(wanted.substr(1), std::move(*value));
  }
  return path.empty() ? std::optional{std::move(found)} : std::nullopt;
}

bool operator==(const path_pattern& a, const path_pattern& b) {
  std::string_view left{a.path_};
  std::string_view right{b.path_};
  if (std::count(left.begin(), left.end(), '/') != std::count(right.begin(), right.end(), '/')) return false;
  while (!left.empty() || !right.empty()) {
    const auto mine = take_segment(left);
    const auto other = take_segment(right);
    if (is_variable(mine) != is_variable(other) || (!is_variable(mine) && mine != other)) return false;
  }
  return true;
}

}  // namespace bennu
