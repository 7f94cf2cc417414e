#include <bennu/transport/internal/header_list.hpp>

#include <algorithm>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {

std::vector<std::string_view> header_elements(std::span<const std::string_view> values) {
  std::vector<std::string_view> elements;
  for (auto rest : values) {
    while (!rest.empty()) {
      const auto raw = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), raw.size() + 1));
      if (const auto element = trim(raw); !element.empty()) elements.push_back(element);
    }
  }
  return elements;
}

bool header_contains(std::span<const std::string_view> values, std::string_view token) {
  const auto elements = header_elements(values);
  return std::any_of(elements.begin(), elements.end(), [&](auto element) { return iequals(element, token); });
}

}  // namespace bennu
