#include <bennu/runtime/gathered.hpp>

#include <vector>

#include <doctest/doctest.h>

using bennu::gathered;

TEST_CASE("the parts arrive together, once, when the last one is there") {
  std::vector<std::vector<int>> calls;
  const auto all = gathered<int>::make(3, [&](auto parts) { calls.push_back(parts); });
  all->add(1);
  all->add(2);
  CHECK(calls.empty());
  all->add(3);
  CHECK(calls == std::vector<std::vector<int>>{{1, 2, 3}});
}

TEST_CASE("no parts are there at once") {
  int calls = 0;
  gathered<int>::make(0, [&](const auto& parts) { calls += parts.empty() ? 1 : 100; });
  CHECK(calls == 1);
}
