// Measures the cost of presence: presence_benchmark [--small] [crowd] [memory] [nodes]
#include <cstdio>
#include <set>
#include <string_view>

#include "scenarios.hpp"

/// Runs all scenarios if none is named. `--small` only checks that they run.
int main(int argc, char** argv) {
  std::set<std::string_view> wanted{argv + 1, argv + argc};
  const bool small = wanted.erase("--small") != 0;
  if (wanted.empty()) wanted = {"crowd", "memory", "nodes"};
  for (const auto& name : wanted) {
    if (name == "crowd") {
      benchmarks::crowded_topic(small ? 100 : 10'000, small ? 20 : 300, 100);
    } else if (name == "memory") {
      benchmarks::many_presences(small ? 1'000 : 100'000);
    } else if (name == "nodes") {
      benchmarks::two_nodes(small ? 1 : 10, small ? 100 : 1'000);
    } else {
      std::fprintf(stderr, "presence_benchmark [--small] [crowd] [memory] [nodes]\n");
      return 2;
    }
  }
}
