#include <bennu/channels/introspection/internal/socket_table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

using bennu::socket_actor;
using bennu::socket_table;

namespace {

/// The table does not look at sockets, so any addresses will do.
socket_actor& socket(std::size_t number) {
  static std::array<std::max_align_t, 1'001> memory;
  return *reinterpret_cast<socket_actor*>(&memory[number]);
}

std::vector<std::uint64_t> all_after(const socket_table& table, std::uint64_t after, std::size_t& steps) {
  std::vector<std::uint64_t> numbers;
  for (std::optional<std::uint64_t> at = after; at; ++steps) {
    at = table.scan(*at, [&](auto number, auto&) {
      numbers.push_back(number);
      return true;
    });
  }
  return numbers;
}

}  // namespace

TEST_CASE("sockets have ascending numbers, and are found by them until they are removed") {
  socket_table table;
  CHECK(table.add(socket(1)) == 1);
  CHECK(table.add(socket(2)) == 2);
  CHECK(table.find(1) == &socket(1));
  CHECK(table.find(2) == &socket(2));
  CHECK(table.find(3) == nullptr);
  CHECK(table.find(99'999) == nullptr);
  table.remove(1);
  CHECK(table.find(1) == nullptr);
  CHECK(table.add(socket(3)) == 3);
  CHECK(table.size() == 2);
}

TEST_CASE("a scan visits the sockets after a number in order, some in each step") {
  socket_table table;
  for (std::size_t i = 1; i <= 1'000; ++i) table.add(socket(i));
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    if (i % 3 != 0) table.remove(i);
  }
  std::size_t steps = 0;
  const auto numbers = all_after(table, 500, steps);
  CHECK(numbers.size() == 1'000 / 3 - 500 / 3);
  CHECK(numbers.front() == 501);
  CHECK(numbers.back() == 999);
  CHECK(steps > 1);
  CHECK(all_after(table, 999, steps).empty());
  CHECK(all_after(table, 0, steps).size() == table.size());
  CHECK(all_after(socket_table{}, 0, steps).empty());
}

TEST_CASE("a scan stops where its visitor wants") {
  socket_table table;
  for (std::size_t i = 1; i <= 10; ++i) table.add(socket(i));
  CHECK(table.scan(0, [](auto number, auto&) { return number < 4; }) == 4);
  CHECK(table.scan(4, [](auto number, auto&) { return number < 5; }) == 5);
}

TEST_CASE("the table forgets blocks without sockets, and goes on counting") {
  socket_table table;
  for (std::size_t i = 1; i <= 640; ++i) table.add(socket(i));
  for (std::uint64_t i = 1; i <= 640; ++i) table.remove(i);
  CHECK(table.size() == 0);
  CHECK(table.scan(0, [](auto, auto&) { return true; }) == std::nullopt);
  CHECK(table.add(socket(1)) == 641);
}
