#include "number_text.hpp"

#include <cmath>
#include <cstdio>

namespace load {

std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string fixed(double number, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

std::string time_text(duration time) {
  struct unit {
    double ns;
    const char* name;
  };
  constexpr unit units[] = {{1e9, " s"}, {1e6, " ms"}, {1e3, " us"}, {1, " ns"}};
  const auto ns = static_cast<double>(time.count());
  for (const auto& u : units) {
    const auto value = ns / u.ns;
    if (value < 1 && u.ns > 1) continue;
    return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + u.name;
  }
  return "0 ns";
}

}  // namespace load
